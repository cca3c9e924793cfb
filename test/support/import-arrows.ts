import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, posix, relative } from 'node:path'
import ts from 'typescript'
import { ROOMS, type Room } from '../../scripts/rooms.mjs'

const ALIASES = [
  ['@shared/', 'src/shared/'],
  ['@/', 'src/renderer/'],
] as const

/**
 * Reads every import of every file below `root`/src and answers with one line for each that the
 * table of rooms forbids (empty: the arrows hold), and how many imports it has read.
 */
export function readArrows(root: string): { imports: number; violations: string[] } {
  const violations: string[] = []
  let imports = 0
  for (const file of sourceFiles(join(root, 'src'))) {
    const path = relative(root, file).split('\\').join('/')
    const room = roomOf(path)
    if (!room) {
      violations.push(`${path} is in no room of scripts/rooms.mjs`)
      continue
    }
    for (const name of importsOf(file)) {
      imports += 1
      const reason = judge(room, path, name)
      if (reason) violations.push(`${path} imports ${name}: ${reason}`)
    }
  }
  return { imports, violations }
}

function judge(room: Room, path: string, name: string): string | null {
  const target = resolveImport(path, name)
  if (target === null) {
    const banned = room.packages.find((pattern) => new RegExp(`^${pattern}(/|$)`).test(name))
    return banned ? `${room.room} may not use this package` : null
  }
  if (!target.startsWith('src/')) {
    return /^(package\.json|resources\/)/.test(target) ? null : 'it is outside of src'
  }
  const other = roomOf(target)
  if (!other) return `${target} is in no room of scripts/rooms.mjs`
  const allowed = other.room === room.room || room.allowed.includes(other.room)
  return allowed ? null : `${room.room} may not import ${other.room}`
}

/** A path below the project, or null for a package. */
function resolveImport(path: string, name: string): string | null {
  const alias = ALIASES.find(([prefix]) => name.startsWith(prefix))
  if (alias) return alias[1] + name.slice(alias[0].length)
  if (!name.startsWith('.')) return null
  return posix.join(posix.dirname(path), name)
}

/** The room with the longest name that `path` (with or without its extension) lies in. */
function roomOf(path: string): Room | undefined {
  const isIn = ({ room }: Room): boolean =>
    path === room || path.startsWith(`${room}/`) || `${path}.ts` === room
  return ROOMS.filter(isIn).sort((a, b) => b.room.length - a.room.length)[0]
}

/** Every module named in a static, dynamic or type import, an export … from, or a require. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8')
  const scripts = file.endsWith('.vue')
    ? [...text.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)].map((match) => match[1] ?? '')
    : [text]
  return scripts.flatMap((script) => {
    const names: string[] = []
    const visit = (node: ts.Node): void => {
      const name = moduleName(node)
      if (name && ts.isStringLiteralLike(name)) names.push(name.text)
      ts.forEachChild(node, visit)
    }
    visit(ts.createSourceFile(file, script, ts.ScriptTarget.ES2022, false))
    return names
  })
}

function moduleName(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return node.argument.literal
  if (!ts.isCallExpression(node)) return undefined
  const called = node.expression
  const isRequire = ts.isIdentifier(called) && called.text === 'require'
  const isImport = called.kind === ts.SyntaxKind.ImportKeyword
  return isRequire || isImport ? node.arguments[0] : undefined
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    if (statSync(path).isDirectory()) return sourceFiles(path)
    return /\.(ts|mts|vue)$/.test(name) ? [path] : []
  })
}
