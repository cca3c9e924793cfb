export default {
  title: 'Registries',
  add: 'Add a registry…',
  column: {
    address: 'Address',
    protocol: 'Protocol',
    user: 'User',
    password: 'Password',
  },
  anonymous: 'anonymous',
  noPassword: 'none kept',
  empty: {
    title: 'No registry yet',
    text: 'A registry keeps images for a team. Add one of your own, over http or https, then push images to it and browse what it holds.',
  },
  action: {
    browse: 'Browse',
    edit: 'Edit…',
    test: 'Test the connection',
    signOut: 'Sign out…',
    remove: 'Remove…',
    of: '{action}: {name}',
  },
  secret: {
    dockerHelper: 'Docker helper {name}',
    keychain: 'system keychain',
    memory: 'this run only',
    dockerConfig: 'Docker’s config.json',
  },
  found: {
    title: 'Logins of docker on this machine that are not in the list',
    kept: 'kept by {where}',
    add: 'Add…',
    addOf: 'Add {name}',
  },
  signOut: {
    title: 'Sign out of {name}?',
    text: 'The password goes from {where}. The registry stays in the list; the docker command is signed out, too, where it uses the same place.',
    submit: 'Sign out',
  },
  kind: {
    label: 'Kind',
    'docker-hub': 'Docker Hub',
    'acr-personal': 'ACR Personal',
    'acr-enterprise': 'ACR Enterprise',
    private: 'Private',
  },
  secretNote: {
    title: 'Where passwords are kept',
    dockerHelper: 'by Docker’s own credential helper “{name}”, shared with the docker command.',
    keychain: 'in the system’s keychain, encrypted.',
    memory:
      'in memory, for this run only: this system offers no keychain. After a restart it is asked for again.',
    dockerConfig: 'in Docker’s config.json, not encrypted: every program that you run can read it.',
  },
  problem: {
    scheme: 'Leave out “http://” and “https://”; choose the protocol below.',
    path: 'Leave out what follows the host and port.',
    port: 'The port is a number from 1 to 65535.',
    host: 'This is not a host name: registry.example.com, nas:5000 or 192.168.1.10:5000.',
    'single-word':
      'Docker takes a single word for a user of Docker Hub. Add the port, or write the full host name.',
  },
  dialog: {
    addTitle: 'Add a registry',
    editTitle: 'Edit {name}',
    address: 'Address',
    addressExplain: 'Host and port, without http:// and without a path.',
    acrPersonal:
      'registry.REGION.aliyuncs.com, or for newer instances crpi-….REGION.personal.cr.aliyuncs.com; the console shows it.',
    acrEnterprise: 'INSTANCE-registry.REGION.cr.aliyuncs.com, or a domain of your own.',
    hubAddress: 'Docker Hub is always docker.io.',
    hubUser: 'Your Docker ID, not your mail address.',
    hubPassword:
      'An access token is better than the password: it can be taken back, and accounts with two-step verification need one.',
    acrUser:
      "The whole name of the Aliyun account; of a RAM user, user{'@'}alias or user{'@'}account-id (an alias with a dot does not work).",
    acrPassword:
      'The registry’s own password, set in the console under Access Credential: not that of the account, and no AccessKey.',
    acrEnterprisePassword:
      'The instance’s permanent password, set under Access Credential; a temporary one holds for an hour.',
    console: 'Open the console',
    token: 'Make an access token',
    signUp: 'Sign up',
    addressTaken: 'This registry is in the list already.',
    protocol: 'Protocol',
    httpExplain:
      'http is not encrypted: use it on loopback or in a network you trust. Docker itself must be told too, where the host is not 127.0.0.0/8: add it to "insecure-registries" in daemon.json.',
    username: 'User name',
    usernamePlaceholder: 'empty: anonymous',
    password: 'Password or token',
    passwordKept: 'kept; type to replace it',
    passwordStore: 'It is kept {where}',
    passwordNeedsUser: 'A password needs a user name.',
    test: 'Test',
    testing: 'Testing…',
    save: 'Save',
    saving: 'Signing in…',
    saveAnyway: 'Save anyway',
    submitAdd: 'Add',
    keep: 'Where to keep the password',
    keepWarning:
      'config.json is not encrypted: every program that runs as you can read the password in it. docker uses it, too.',
    foundLogin:
      'docker login has left a password for this registry: leave the field empty to use it.',
  },
  probe: {
    reachable: '{address} answers',
    auth: {
      none: 'No sign-in asked for',
      basic: 'Sign-in: user and password (basic)',
      bearer: 'Sign-in: token (bearer)',
    },
    signedIn: 'User and password accepted',
    refused: 'User or password refused',
    noCredentials: 'Not signed in: no user and password given',
    catalog: 'Its list of repositories can be read',
    noCatalog: 'It does not list its repositories; enter their names by hand',
  },
  remove: {
    title: 'Remove {name} from the list?',
    text: 'Its address and the password kept for it go from this machine. Nothing in the registry itself is touched.',
    submit: 'Remove',
  },
}
