import type en from '../en/settings'

const messages: typeof en = {
  title: '设置',
  appearance: '外观',
  language: '语言',
  languageSystem: '跟随系统（{name}）',
  theme: '主题',
  themeSystem: '跟随系统',
  themeLight: '浅色',
  themeDark: '深色',
  about: '关于',
  version: '版本',
  electron: 'Electron',
  electronSource: {
    official: '官方程序',
    fallback: '备用程序（官方程序无法下载）',
    custom: '自行指定的程序（ELECTRON_OVERRIDE_DIST_PATH）',
  },
  browserMode: '无：浏览器模式',
  chrome: 'Chrome',
  node: 'Node',
  platform: '平台',
  home: '数据目录',
  homeExplain: 'Lamina 保存的全部内容都在这里，可用 --home 或 LAMINA_HOME 更改。',
  engine: '引擎',
  engineAddress: '引擎地址',
  engineRoot: '引擎数据',
  apiVersion: 'API {version}',
  noEngine: '无',
  licence: '许可证',
  copyAbout: '复制以便反馈问题',
}

export default messages
