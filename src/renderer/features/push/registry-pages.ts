/** Pages that a push may send people to; all of them on the allow list of services/application.ts. */
export const ACR_CONSOLE = 'https://cr.console.aliyun.com'

export const HUB_PAGES = {
  signUp: 'https://app.docker.com/signup',
  activate: 'https://docs.docker.com/accounts/create-account/',
  token: 'https://app.docker.com/settings/personal-access-tokens',
} as const
export const HUB_HOME = 'https://hub.docker.com'
