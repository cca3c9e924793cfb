/** Which repositories and tags a registry has (distribution spec, "end-8"; Docker's `_catalog`). */
import { z } from 'zod'
import { LaminaError } from '@shared/errors'
import { nextPage } from './link'
import { CATALOG_SCOPE, repositoryScope } from './scope'
import type { Session } from './session'
import { discard, readBody, type HttpResponse } from './transport'

const MAX_PAGE = 16 * 1024 * 1024
/** Tags asked for in one page. */
const TAGS_PAGE = 1000
/** Pages that are followed for one repository's tags. */
const MAX_TAG_PAGES = 1000

const catalogSchema = z.object({ repositories: z.array(z.string()).nullish() })
const tagsSchema = z.object({ tags: z.array(z.string()).nullish() })

export interface CatalogPage {
  repositories: string[]
  /** What to give as `after` for the next page; null on the last. */
  next: string | null
}

/**
 * One page of GET /v2/_catalog. Errors: `registry_catalog_refused` where the registry lists
 * nothing to nobody (or not to this user), `registry_login_required` where nobody signed in.
 */
export async function listRepositories(
  session: Session,
  {
    after,
    limit,
    signal,
  }: { after: string | null; limit: number; signal?: AbortSignal | undefined },
): Promise<CatalogPage> {
  const url = session.url('/v2/_catalog')
  url.searchParams.set('n', String(limit))
  if (after !== null) url.searchParams.set('last', after)
  const request = { method: 'GET', scopes: [CATALOG_SCOPE], signal } as const
  const response = await session.sendAny(url, request)
  const mayHelp = response.status === 401 && !session.authorizer.hasCredentials
  if ([401, 403, 404, 405].includes(response.status) && !mayHelp) {
    await discard(response)
    throw new LaminaError(
      'registry_catalog_refused',
      { address: session.endpoint.address },
      { cause: new Error(`HTTP ${response.status}`) },
    )
  }
  if (response.status !== 200) throw await session.errorFor(response, request)
  const page = await readJson(session, response, catalogSchema)
  const repositories = page.repositories ?? []
  const next = nextPage(response.headers['link'])
  return { repositories, next: next ? (next.get('last') ?? repositories.at(-1) ?? null) : null }
}

/**
 * All tags of a repository, following its pages; sorted, which not every registry does.
 * Errors: `manifest_unknown` for a repository that is not there.
 */
export async function listTags(
  session: Session,
  repository: string,
  signal?: AbortSignal,
): Promise<string[]> {
  const tags = new Set<string>()
  let last: string | null = null
  for (let page = 0; page < MAX_TAG_PAGES; page++) {
    const url = session.url(`/v2/${repository}/tags/list`)
    url.searchParams.set('n', String(TAGS_PAGE))
    if (last !== null) url.searchParams.set('last', last)
    const response: HttpResponse = await session.send(
      url,
      {
        method: 'GET',
        scopes: [repositoryScope(repository, 'pull')],
        subject: { repository },
        signal,
      },
      [200],
    )
    const { tags: names } = await readJson(session, response, tagsSchema)
    const before = tags.size
    for (const name of names ?? []) tags.add(name)
    const next = nextPage(response.headers['link'])
    // A page with nothing new would come again for ever.
    if (!next || tags.size === before) break
    last = next.get('last') ?? names?.at(-1) ?? null
  }
  return [...tags].sort()
}

async function readJson<T>(
  session: Session,
  response: HttpResponse,
  schema: z.ZodType<T>,
): Promise<T> {
  const body = await readBody(response, MAX_PAGE, session.endpoint)
  try {
    return schema.parse(JSON.parse(body.toString('utf8')))
  } catch (cause) {
    const message = `an answer that is not the API’s, from ${response.url.pathname}`
    throw new LaminaError(
      'registry_failed',
      { address: session.endpoint.address, message },
      { cause },
    )
  }
}
