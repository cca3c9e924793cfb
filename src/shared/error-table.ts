/** Every error there is: what happened and what to do next, in zh and en. */
import { row, type Sentences } from './error-row'
import { REGISTRY_ERRORS } from './registry-errors'

export const ERRORS = {
  ...REGISTRY_ERRORS,
  unknown_call: row(
    [
      'The interface asked for “{name}”, which this version does not know.',
      'Reload the window; if it stays, reinstall Lamina.',
    ],
    ['界面调用了此版本不支持的功能“{name}”。', '请重新加载窗口；若仍出现，请重新安装 Lamina。'],
  ),
  invalid_input: row(
    ['“{field}” was refused: {reason}.', 'Correct the value and try again.'],
    ['“{field}”的值无效：{reason}。', '请修改后重试。'],
  ),
  internal: row(
    [
      'Something went wrong inside Lamina.',
      'Try again. If it happens again, report it with the details below.',
    ],
    ['Lamina 内部出错。', '请重试；若再次出现，请附上下面的详情反馈给我们。'],
  ),
  cancelled: row(
    ['Cancelled.', 'Nothing was changed; start again when you like.'],
    ['已取消。', '没有留下改动，可随时重新开始。'],
  ),
  app_unreachable: row(
    [
      'Lamina does not answer.',
      'Check that “npm start” still runs; this page connects again by itself.',
    ],
    ['Lamina 没有响应。', '请确认 npm start 仍在运行；恢复后此页面会自动重新连接。'],
  ),
  engine_unreachable: row(
    [
      'No answer from the engine at {address}.',
      'Start Docker, or switch to another engine at the top left.',
    ],
    ['位于 {address} 的引擎没有响应。', '请启动 Docker，或在左上角切换到其它引擎。'],
  ),
  engine_permission: row(
    [
      'You may not use the engine at {address}.',
      'Add your user to the “docker” group and sign in again, or switch to another engine.',
    ],
    [
      '当前用户无权使用位于 {address} 的引擎。',
      '请把用户加入 docker 组后重新登录，或切换到其它引擎。',
    ],
  ),
  engine_lost: row(
    [
      'The engine went away in the middle of the work.',
      'Nothing half done was kept. When the engine is back, start again.',
    ],
    ['操作进行中引擎断开了。', '没有留下半成品；引擎恢复后请重新开始。'],
  ),
  engine_cannot_run: row(
    [
      'The bundled engine keeps containers but cannot run them.',
      'Save the image and load it into Docker, or switch to a Docker engine at the top left.',
    ],
    [
      '内置引擎可以保存容器，但不能运行容器。',
      '请导出镜像并载入 Docker，或在左上角切换到 Docker 引擎。',
    ],
  ),
  engine_refused: row(
    ['The engine refused: {message}', 'Change what the message names, and try again.'],
    ['引擎拒绝了操作：{message}', '请根据提示修改后重试。'],
  ),
  not_found: row(
    [
      '“{name}” does not exist (any more).',
      'Refresh the list; it may have been removed elsewhere.',
    ],
    ['“{name}”不存在（或已被删除）。', '请刷新列表，它可能已在别处被删除。'],
  ),
  conflict: row(
    ['This cannot be done now: {message}', 'Remove or stop what is in the way, then try again.'],
    ['现在无法执行：{message}', '请先删除或停止占用者，然后重试。'],
  ),
  not_pausable: row(
    ['“{name}” cannot be paused.', 'Let it run to its end, or cancel it and start again later.'],
    ['“{name}”不能暂停。', '请等待它完成，或取消后稍后重新开始。'],
  ),
  name_in_use: row(
    ['The name “{name}” is already in use.', 'Choose another name, or remove the one that has it.'],
    ['名称“{name}”已被占用。', '请换一个名称，或先删除占用它的对象。'],
  ),
  reference_invalid: row(
    [
      '“{reference}” is not a valid image name.',
      'Use lowercase letters, digits and . _ - in the name, for example team/app:1.0.',
    ],
    ['“{reference}”不是有效的镜像名。', '名称请使用小写字母、数字和 . _ -，例如 team/app:1.0。'],
  ),
  archive_corrupted: row(
    [
      'The archive {name} is damaged or cut short: {reason}.',
      'Get it again from where it came; nothing of it was kept.',
    ],
    ['归档 {name} 已损坏或不完整：{reason}。', '请重新获取该文件；未保留任何内容。'],
  ),
  archive_unsupported: row(
    [
      '{name} is not an image archive: {reason}.',
      'Load takes what “docker save” writes or an OCI layout as tar. A plain root file system goes in with Import.',
    ],
    [
      '{name} 不是镜像归档：{reason}。',
      '“载入”接受 docker save 的输出或 OCI 布局的 tar；普通根文件系统请用“导入”。',
    ],
  ),
  too_many_files: row(
    [
      'The archive has too many files to be unpacked at once: more than {limit}.',
      'Do it in parts, a folder at a time, or leave out what is not needed.',
    ],
    [
      '归档里的文件太多，无法一次解开：超过 {limit} 个。',
      '请分批进行（例如一次一个目录），或去掉不需要的文件。',
    ],
  ),
  name_impossible: row(
    [
      'This computer cannot keep a file named “{name}”: {reason}.',
      'Rename the file, or keep it in the container itself instead of a volume or folder.',
    ],
    [
      '这台电脑无法保存名为“{name}”的文件：{reason}。',
      '请重命名该文件，或将其放在容器自身而非数据卷或文件夹中。',
    ],
  ),
  disk_full: row(
    [
      'The disk is full: {path}.',
      'Free some space (remove images you do not need), then try again. Nothing half done was kept.',
    ],
    ['磁盘已满：{path}。', '请腾出空间（例如删除不需要的镜像）后重试；没有留下半成品。'],
  ),
  read_only: row(
    [
      'Cannot write to {path}: it is read-only.',
      'Choose another place, or make the folder writable.',
    ],
    ['无法写入 {path}：只读。', '请换一个位置，或使该文件夹可写。'],
  ),
  permission_denied: row(
    ['No permission for {path}.', 'Choose another place, or change the rights of the folder.'],
    ['没有访问 {path} 的权限。', '请换一个位置，或修改文件夹权限。'],
  ),
  file_missing: row(
    ['The file {path} is not there.', 'Choose the file again.'],
    ['文件 {path} 不存在。', '请重新选择文件。'],
  ),
  root_locked: row(
    [
      'Another process already uses the store {path}.',
      'Close the other Lamina or engine, or choose another folder with --home.',
    ],
    ['另一个进程正在使用存储目录 {path}。', '请关闭另一个 Lamina 或引擎，或用 --home 换一个目录。'],
  ),
  document_invalid: row(
    [
      '“{name}” is not valid: {reason}.',
      'It is damaged, or was written by something that does not follow the specification. Get it again from its source.',
    ],
    ['“{name}”无效：{reason}。', '该内容已损坏，或不符合规范；请从来源重新获取。'],
  ),
  store_damaged: row(
    [
      'The store {path} is damaged: {reason}.',
      'Check the store (fsck) to see what is affected, and get the images again from their source.',
    ],
    [
      '存储 {path} 已损坏：{reason}。',
      '请检查存储（fsck）以查看受影响的内容，并重新获取相关镜像。',
    ],
  ),
  download_failed: row(
    [
      '{url} could not be fetched: {reason}.',
      'Check the address. The engine fetches it itself, so that it must be reachable from where the engine runs.',
    ],
    ['无法获取 {url}：{reason}。', '请检查地址。文件由引擎自己获取，引擎所在的机器必须能访问它。'],
  ),
  build_failed: row(
    [
      'The build stopped at “{step}”: {message}',
      'Look at the end of the log, correct the Dockerfile or the files beside it, and build again: the steps before come from the cache.',
    ],
    [
      '构建停在“{step}”：{message}',
      '请查看日志末尾，修改 Dockerfile 或构建目录中的文件后重新构建；之前的步骤会使用缓存。',
    ],
  ),
  build_needs_docker: row(
    [
      'The build stopped at “{step}”: the bundled engine cannot run commands, and RUN is one.',
      'Start Docker, switch to it at the top left, and build again. Without Docker, bring in with COPY or ADD what RUN would make.',
    ],
    [
      '构建停在“{step}”：内置引擎不能运行命令，而 RUN 需要运行命令。',
      '请启动 Docker，在左上角切换过去后重新构建；没有 Docker 时，可用 COPY 或 ADD 加入 RUN 要生成的内容。',
    ],
  ),
  build_no_dockerfile: row(
    [
      'There is no file {path} in “{folder}”.',
      'Choose the folder that has the Dockerfile, or give the path of the Dockerfile inside the folder.',
    ],
    ['“{folder}”中没有文件 {path}。', '请选择包含 Dockerfile 的文件夹，或填写它在文件夹中的路径。'],
  ),
  changed_meanwhile: row(
    [
      '“{name}” changed since the preview, and was left alone.',
      'Look at the preview again and decide anew.',
    ],
    ['“{name}”在预览之后发生了变化，因此没有删除。', '请重新查看预览后再决定。'],
  ),
  port_in_use: row(
    ['Port {port} is already in use.', 'Choose another with {option}.'],
    ['端口 {port} 已被占用。', '请用 {option} 换一个端口。'],
  ),
  settings_changed: row(
    [
      '{path} was changed by somebody else since Lamina read it, and was left alone.',
      'Look at the change again; to take an older one back, the copy beside the file has what was there.',
    ],
    [
      '{path} 在 Lamina 读取之后被其他程序修改过，因此没有改动它。',
      '请重新查看改动；若要撤销以前的改动，文件旁的备份保存着原来的内容。',
    ],
  ),
  settings_not_ours: row(
    [
      'Lamina cannot change {path} by itself.',
      'Copy the text that is shown, and put it into the file by hand.',
    ],
    ['Lamina 无法直接修改 {path}。', '请复制显示的内容，手动写入该文件。'],
  ),
  settings_refused: row(
    ['The new settings would not be accepted: {reason}', 'Correct the value; nothing was written.'],
    ['新的设置不会被接受：{reason}', '请修改后重试；没有写入任何内容。'],
  ),
} as const satisfies Record<string, Record<'en' | 'zh', Sentences>>
