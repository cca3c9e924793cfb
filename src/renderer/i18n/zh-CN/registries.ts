import type en from '../en/registries'

const messages: typeof en = {
  title: '仓库',
  add: '添加仓库…',
  column: {
    address: '地址',
    protocol: '协议',
    user: '用户',
    password: '密码',
  },
  anonymous: '匿名',
  noPassword: '未保存',
  empty: {
    title: '还没有仓库',
    text: '仓库为团队存放镜像。添加自己的私有仓库（http 或 https），就可以推送镜像并浏览其中的内容。',
  },
  action: {
    browse: '浏览',
    edit: '编辑…',
    test: '测试连接',
    signOut: '退出登录…',
    remove: '移除…',
    of: '{action}：{name}',
  },
  secret: {
    dockerHelper: 'Docker 凭据助手 {name}',
    keychain: '系统密钥链',
    memory: '仅本次运行',
    dockerConfig: 'Docker 的 config.json',
  },
  found: {
    title: '本机 docker 已登录、但不在列表中的仓库',
    kept: '密码保存在{where}',
    add: '添加…',
    addOf: '添加 {name}',
  },
  signOut: {
    title: '退出登录 {name}？',
    text: '密码将从{where}中删除。仓库仍保留在列表中；如果 docker 命令使用同一处的密码，也会一并退出登录。',
    submit: '退出登录',
  },
  kind: {
    label: '类型',
    'docker-hub': 'Docker Hub',
    'acr-personal': 'ACR 个人版',
    'acr-enterprise': 'ACR 企业版',
    private: '私有仓库',
  },
  secretNote: {
    title: '密码保存在哪里',
    dockerHelper: '由 Docker 的凭据助手“{name}”保存，与 docker 命令共用。',
    keychain: '加密保存在系统密钥链中。',
    memory: '仅保存在内存中，本次运行有效：系统没有提供密钥链，重启后需要重新输入。',
    dockerConfig: '保存在 Docker 的 config.json 中，未加密：你运行的任何程序都能读取。',
  },
  problem: {
    scheme: '请去掉“http://”或“https://”，在下方选择协议。',
    path: '请去掉主机和端口之后的部分。',
    port: '端口应为 1 到 65535 的数字。',
    host: '不是有效的主机名，例如 registry.example.com、nas:5000 或 192.168.1.10:5000。',
    'single-word': 'Docker 会把单个词当作 Docker Hub 的用户名，请加上端口或写完整主机名。',
  },
  dialog: {
    addTitle: '添加仓库',
    editTitle: '编辑 {name}',
    address: '地址',
    addressExplain: '主机和端口，不要写 http:// 和路径。',
    acrPersonal:
      'registry.地域.aliyuncs.com；较新的实例为 crpi-….地域.personal.cr.aliyuncs.com，可在控制台查看。',
    acrEnterprise: '实例名-registry.地域.cr.aliyuncs.com，或自己的域名。',
    hubAddress: 'Docker Hub 的地址始终是 docker.io。',
    hubUser: '填写 Docker ID，不是邮箱地址。',
    hubPassword: '建议使用访问令牌代替密码：可随时撤销；开启两步验证的账号必须使用令牌。',
    acrUser:
      "阿里云账号全名；RAM 用户请填写“用户名{'@'}企业别名”或“用户名{'@'}账号 ID”（别名中含有“.”时无法登录）。",
    acrPassword:
      '这里要填仓库密码，在控制台“访问凭证”中设置；不是阿里云账号的密码，也不是 AccessKey。',
    acrEnterprisePassword: '填写在“访问凭证”中设置的固定密码；临时密码的有效期为 1 小时。',
    console: '打开控制台',
    token: '创建访问令牌',
    signUp: '注册账号',
    addressTaken: '列表中已有这个仓库。',
    protocol: '协议',
    httpExplain:
      'http 不加密，仅用于本机或可信网络。若主机不在 127.0.0.0/8，还需在 Docker 的 daemon.json 的 "insecure-registries" 中加入它。',
    username: '用户名',
    usernamePlaceholder: '留空表示匿名',
    password: '密码或令牌',
    passwordKept: '已保存；输入则替换',
    passwordStore: '密码{where}',
    passwordNeedsUser: '填写密码时需要用户名。',
    test: '测试',
    testing: '正在测试…',
    save: '保存',
    saving: '正在登录…',
    saveAnyway: '仍然保存',
    submitAdd: '添加',
    keep: '密码保存位置',
    keepWarning:
      'config.json 未加密：以你的身份运行的任何程序都能读取其中的密码。docker 命令也会使用它。',
    foundLogin: 'docker login 已保存过此仓库的密码：密码留空即可使用。',
  },
  probe: {
    reachable: '{address} 有响应',
    auth: {
      none: '不要求登录',
      basic: '登录方式：用户名和密码（basic）',
      bearer: '登录方式：令牌（bearer）',
    },
    signedIn: '用户名和密码已通过',
    refused: '用户名或密码被拒绝',
    noCredentials: '未登录：没有填写用户名和密码',
    catalog: '可以读取镜像仓库列表',
    noCatalog: '不提供镜像仓库列表，请手动输入名称',
  },
  remove: {
    title: '从列表中移除 {name}？',
    text: '将从本机删除其地址和保存的密码；仓库中的内容不受影响。',
    submit: '移除',
  },
}

export default messages
