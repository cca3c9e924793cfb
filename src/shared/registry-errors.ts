/** The errors of registries and of what travels to and from them. */
import { row } from './error-row'

export const REGISTRY_ERRORS = {
  registry_unreachable: row(
    [
      'No answer from the registry {address}.',
      'Check the address and the port, that the registry runs, and your network or proxy.',
    ],
    ['仓库 {address} 没有响应。', '请检查地址和端口、仓库是否已启动，以及网络或代理。'],
  ),
  registry_unauthorized: row(
    [
      'The registry {address} did not accept the user name or password.',
      'Enter them again on the Registries page. Aliyun ACR wants the registry password, not that of the account.',
    ],
    [
      '仓库 {address} 不接受此用户名或密码。',
      '请在“仓库”页面重新填写。阿里云 ACR 需要的是仓库密码，不是账号密码。',
    ],
  ),
  registry_denied: row(
    [
      'The registry {address} denied access to {repository}.',
      'Check that the namespace and the repository exist and that your user may push to them.',
    ],
    ['仓库 {address} 拒绝访问 {repository}。', '请确认命名空间和仓库已存在，且该用户有推送权限。'],
  ),
  registry_denied_missing: row(
    [
      'The registry {address} denied the push: it has no repository {repository} and makes none by itself.',
      'Make the namespace {namespace} and the repository in the registry’s console (or let the namespace create repositories at a push), then try again. If both exist, your user has no right to see them.',
    ],
    [
      '仓库 {address} 拒绝推送：其中没有 {repository}，也不会自动创建。',
      '请在仓库控制台创建命名空间 {namespace} 和该镜像仓库（或为命名空间开启“自动创建仓库”）后重试；如果两者都已存在，则是该用户没有访问权限。',
    ],
  ),
  registry_denied_rights: row(
    [
      'The repository {repository} exists at {address}, but your user may not push to it.',
      'Ask its owner for the right to push, or sign in as another user.',
    ],
    [
      '{address} 中存在 {repository}，但该用户没有推送权限。',
      '请向仓库所有者申请推送权限，或换一个用户登录。',
    ],
  ),
  registry_refused_index: row(
    [
      'The registry {address} does not take the index of {repository}: {message}',
      'Send one platform alone (there are: {platforms}), or build without attestations: docker buildx build --provenance=false --sbom=false.',
    ],
    [
      '仓库 {address} 不接受 {repository} 的多平台索引：{message}',
      '请只推送单个平台（现有：{platforms}），或构建时关闭证明信息：docker buildx build --provenance=false --sbom=false。',
    ],
  ),
  registry_refused_attested: row(
    [
      'The registry {address} does not take the attestations (provenance, SBOM) that came with {repository}.',
      'Push the image alone: Lamina does so when it pushes directly. Or build without them: docker buildx build --provenance=false --sbom=false.',
    ],
    [
      '仓库 {address} 不接受 {repository} 附带的证明信息（provenance、SBOM）。',
      '请只推送镜像本身：由 Lamina 直接推送即可；或构建时关闭证明信息：docker buildx build --provenance=false --sbom=false。',
    ],
  ),
  registry_delete_refused: row(
    [
      'The registry {address} does not delete: {message}',
      'Deleting is turned off there, or your user may not. Whoever runs it can turn it on (for the registry image: REGISTRY_STORAGE_DELETE_ENABLED=true), or delete in its console.',
    ],
    [
      '仓库 {address} 不允许删除：{message}',
      '该仓库关闭了删除功能，或该用户没有权限。管理员可以开启它（registry 镜像：REGISTRY_STORAGE_DELETE_ENABLED=true），或在控制台中删除。',
    ],
  ),
  one_platform_only: row(
    [
      'An image of several platforms can go to a registry or an OCI archive as a whole, but not to {place}.',
      'Choose one platform.',
    ],
    ['多平台镜像只能整体复制到仓库或 OCI 归档，不能复制到 {place}。', '请选择单个平台。'],
  ),
  registry_login_required: row(
    [
      'The registry {address} wants a user name and a password.',
      'Enter them on the Registries page, or sign in with “docker login {address}”.',
    ],
    [
      '仓库 {address} 需要用户名和密码。',
      '请在“仓库”页面填写，或执行 docker login {address} 登录。',
    ],
  ),
  registry_login_expired: row(
    [
      'The registry {address} no longer accepts the login that is kept for it: it has expired or was taken back.',
      'Sign in again on the Registries page, or with “docker login {address}”.',
    ],
    [
      '仓库 {address} 不再接受已保存的登录：它已过期或被吊销。',
      '请在“仓库”页面重新登录，或执行 docker login {address}。',
    ],
  ),
  registry_rate_limited: row(
    [
      'The registry {address} asks to slow down: {message}',
      'Wait a while and try again; Docker Hub allows more to those who sign in.',
    ],
    ['仓库 {address} 限制了访问频率：{message}', '请稍后重试；登录 Docker Hub 可获得更高的限额。'],
  ),
  registry_speaks_http: row(
    [
      'The registry {address} speaks http, but https was expected.',
      'Set its protocol to http on the Registries page. For Docker itself, add "{address}" to "insecure-registries" in daemon.json and reload Docker.',
    ],
    [
      '仓库 {address} 使用 http，而这里按 https 访问。',
      '请在“仓库”页面把协议改为 http；若由 Docker 推送，请在 daemon.json 的 "insecure-registries" 中加入 "{address}" 并重新加载 Docker。',
    ],
  ),
  registry_speaks_https: row(
    [
      'The registry {address} speaks https, but http was expected.',
      'Set its protocol to https on the Registries page.',
    ],
    ['仓库 {address} 使用 https，而这里按 http 访问。', '请在“仓库”页面把协议改为 https。'],
  ),
  registry_certificate: row(
    [
      'The certificate of {address} is not trusted.',
      'Install the registry’s CA on this machine, or in /etc/docker/certs.d/{address}/ca.crt for Docker.',
    ],
    [
      '{address} 的证书不受信任。',
      '请在本机安装该仓库的 CA 证书；若由 Docker 访问，请放到 /etc/docker/certs.d/{address}/ca.crt。',
    ],
  ),
  registry_port_taken: row(
    [
      'The registry cannot listen at port {port}: another program does.',
      'Choose another port in its settings, or end the other program (5000 is taken by AirPlay on many Macs).',
    ],
    [
      '仓库无法监听端口 {port}：该端口已被其他程序占用。',
      '请在设置中换一个端口，或结束占用它的程序（许多 Mac 的“隔空播放接收器”会占用 5000 端口）。',
    ],
  ),
  registry_address_absent: row(
    [
      'This machine has no address {address} for the registry to listen at.',
      'Choose 127.0.0.1, every address, or one of the machine’s own in its settings.',
    ],
    [
      '本机没有地址 {address}，仓库无法监听。',
      '请在设置中选择 127.0.0.1、所有地址，或本机实际拥有的地址。',
    ],
  ),
  registry_folder_taken: row(
    [
      'Another process already keeps a registry in {path}.',
      'End that registry, or choose another folder in the settings.',
    ],
    ['另一个进程正在 {path} 中运行仓库。', '请先结束那个仓库，或在设置中换一个文件夹。'],
  ),
  registry_needs_users: row(
    [
      'Others could reach the registry at {address} without a password.',
      'Add a user first, or let it listen at 127.0.0.1 only.',
    ],
    ['其他人无需密码即可访问 {address} 上的仓库。', '请先添加用户，或只监听 127.0.0.1。'],
  ),
  registry_certificate_bad: row(
    [
      'The certificate or key in {path} cannot be used: {reason}.',
      'Choose PEM files: the certificate with its chain, and its key without a password; or let Lamina make one.',
    ],
    [
      '{path} 中的证书或密钥无法使用：{reason}。',
      '请选择 PEM 文件：包含证书链的证书，以及未加密的私钥；也可以让 Lamina 生成一份。',
    ],
  ),
  registry_certificate_expired: row(
    [
      'The certificate {path} has expired on {date}.',
      'Renew it, or make a new one; clients that trust the old one need the new one, too.',
    ],
    [
      '证书 {path} 已于 {date} 过期。',
      '请更新证书或重新生成；信任旧证书的客户端也需要换成新证书。',
    ],
  ),
  secret_not_kept: row(
    [
      'Docker’s credential helper “{name}” did not keep the password.',
      'Unlock or set up the helper (try “docker-credential-{name} list” in a terminal), or choose another place for the password.',
    ],
    [
      'Docker 凭据助手“{name}”未能保存密码。',
      '请解锁或配置该助手（可在终端执行 docker-credential-{name} list 检查），或为密码选择其他保存位置。',
    ],
  ),
  docker_config_broken: row(
    [
      '{path} is no valid JSON, and was left alone.',
      'Repair it (the docker command does not read it either), or choose another place for the password.',
    ],
    [
      '{path} 不是有效的 JSON，未作改动。',
      '请先修复该文件（docker 命令同样无法读取它），或为密码选择其他保存位置。',
    ],
  ),
  registry_image_absent: row(
    [
      'The daemon has no image {image}, and cannot pull it.',
      'Load it from an archive (docker load), set a mirror on the doctor’s page, or install docker-registry on this machine (apt install docker-registry) and let Lamina make the image from it.',
    ],
    [
      '守护进程中没有镜像 {image}，也无法拉取。',
      '请从归档加载（docker load）、在诊断页面设置镜像加速器，或在本机安装 docker-registry（apt install docker-registry）后由 Lamina 生成镜像。',
    ],
  ),
  registry_not_one: row(
    [
      '{address} answers, but it is not an image registry.',
      'Check the address and the port; a registry answers under /v2/.',
    ],
    ['{address} 有响应，但不是镜像仓库。', '请检查地址和端口；镜像仓库应在 /v2/ 下响应。'],
  ),
  registry_catalog_refused: row(
    [
      'The registry {address} does not list its repositories.',
      'Many public registries do not. Enter the repository’s name to see its tags.',
    ],
    ['仓库 {address} 不提供仓库列表。', '许多公共仓库都不提供；请直接输入仓库名查看标签。'],
  ),
  platform_missing: row(
    [
      '{reference} has no image for {platform}.',
      'It exists for: {available}. Choose one of these platforms.',
    ],
    ['{reference} 没有适用于 {platform} 的镜像。', '现有平台：{available}。请选择其中之一。'],
  ),
  registry_failed: row(
    [
      'The registry {address} answered with an error: {message}',
      'Try again later; if it stays, show the message to whoever runs the registry.',
    ],
    ['仓库 {address} 返回错误：{message}', '请稍后重试；若持续出现，请把此信息交给仓库管理员。'],
  ),
  manifest_unknown: row(
    [
      'The registry {address} has no {reference}.',
      'Check the name and the tag; the Registries page shows those that exist.',
    ],
    ['仓库 {address} 中没有 {reference}。', '请检查名称和标签；“仓库”页面列出了现有的标签。'],
  ),
  digest_mismatch: row(
    [
      'What arrived is not what was promised: its digest differs.',
      'Nothing of it was kept. Try again; if it stays, the source is damaged.',
    ],
    ['收到的内容与声明的摘要不一致。', '未保留任何内容。请重试；若仍如此，说明来源已损坏。'],
  ),
} as const
