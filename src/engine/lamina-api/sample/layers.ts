/** What the sample image has in its four layers: a small site that explains what it shows. */

export interface SampleLayer {
  /** As a Dockerfile would say it. */
  command: string
  /** Text by path; null: removed here. */
  files: Record<string, string | null>
}

const PAGE_ONE = `<!doctype html>
<meta charset="utf-8">
<title>Hello</title>
<h1>Hello</h1>
<p>This is the page of layer 2. Layer 3 has another one under the same name.</p>
<p>这是第 2 层里的页面；第 3 层有同名的新页面。</p>
`

const PAGE_TWO = `<!doctype html>
<html lang="en">
  <meta charset="utf-8">
  <title>Layers</title>
  <link rel="stylesheet" href="style.css">
  <h1>What an image is</h1>
  <p>An image is a stack of layers. Each one says what it adds, changes or removes.</p>
  <p>A container gets one more layer on top, and everything you change lands there.</p>
  <p><code>docker commit</code> turns that layer into the top of a new image.</p>
  <h1 lang="zh">镜像是什么</h1>
  <p lang="zh">镜像由一层层文件叠成，每一层记录它新增、修改或删除了什么。</p>
  <p lang="zh">容器在最上面再加一层，你的所有改动都写在这一层里。</p>
  <p lang="zh"><code>docker commit</code> 会把这一层变成新镜像的最上层。</p>
</html>
`

const STYLE = `body { font: 16px/1.6 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; }
code { background: #eef; padding: 0 0.3em; border-radius: 3px; }
`

const README = `Lamina's sample image
=====================
Four layers to look at:

  1  ADD base /                the program /bin/show, this file, settings
  2  COPY site /srv/site       a small site, with a draft
  3  COPY site-v2 /srv/site    the same page again: this one is what you see
  4  RUN rm …/draft.txt        the draft is gone here, and still stored in layer 2

Try this: create a container from it, add a file, delete another, look at its
changes, and commit. The new image has a fifth layer with just that.

这个示例镜像有四层：第 1 层是基础文件，第 2 层放入网站，第 3 层替换首页，
第 4 层删除草稿（草稿仍占着第 2 层的空间）。
试一试：用它创建容器，添加或删除文件，查看改动，然后提交成新镜像。
`

const OS_RELEASE = `NAME="Lamina sample"
ID=lamina-sample
PRETTY_NAME="Lamina sample image"
`

const DRAFT = `Draft: words that should not have been shipped.
A later layer hides this file, but the bytes stay in the image: pull the second
layer and here it is. Secrets that were once in a layer are never really gone.
草稿：后面的层会隐藏它，但它仍留在第 2 层里。写进镜像层的机密永远删不干净。
`

export const LAYERS: readonly SampleLayer[] = [
  {
    command: 'ADD base /',
    files: {
      'etc/os-release': OS_RELEASE,
      'etc/site.conf': 'root = /srv/site\nport = 8080\nlanguage = en\n',
      README: README,
    },
  },
  {
    command: 'COPY site /srv/site',
    files: {
      'srv/site/index.html': PAGE_ONE,
      'srv/site/style.css': STYLE,
      'srv/site/draft.txt': DRAFT,
    },
  },
  {
    command: 'COPY site-v2 /srv/site',
    files: {
      'srv/site/index.html': PAGE_TWO,
      'etc/site.conf': 'root = /srv/site\nport = 8080\nlanguage = zh-CN\n',
    },
  },
  {
    command: 'RUN rm /srv/site/draft.txt',
    files: { 'srv/site/draft.txt': null },
  },
]
