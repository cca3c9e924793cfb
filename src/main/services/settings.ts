/** `settings.json` in the home folder: what the person chose, and what the app remembers. */
import { join } from 'node:path'
import { z } from 'zod'
import type { Handlers } from '@shared/contract'
import type { Settings } from '@shared/models'
import type { EventHub } from './event-hub'
import { JsonFile } from './json-file'

const schema = z.looseObject({
  language: z.enum(['system', 'zh-CN', 'en']).catch('system').default('system'),
  theme: z.enum(['system', 'light', 'dark']).catch('system').default('system'),
  /** Id of the engine that was chosen by hand. */
  engine: z.string().nullable().catch(null).default(null),
  /** The sample image was offered once; whoever removes it is not given it again. */
  sampleMade: z.boolean().catch(false).default(false),
})
type Stored = z.output<typeof schema>

export class SettingsService {
  private constructor(
    private readonly file: JsonFile<typeof schema>,
    private readonly events: EventHub,
    private value: Stored,
  ) {}

  static async open(home: string, events: EventHub): Promise<SettingsService> {
    const file = new JsonFile(join(home, 'settings.json'), schema)
    return new SettingsService(file, events, await file.read(schema.parse({})))
  }

  get(): Stored {
    return this.value
  }

  /** Changes some and writes the file; `settings.changed` goes out when the public part changed. */
  async set(change: Partial<Stored>): Promise<Settings> {
    const before = JSON.stringify(this.visible())
    const previous = this.value
    this.value = { ...previous, ...change }
    try {
      await this.file.write(this.value)
    } catch (thrown) {
      this.value = previous
      throw thrown
    }
    const visible = this.visible()
    if (JSON.stringify(visible) !== before) this.events.emit('settings.changed', visible)
    return visible
  }

  handlers(): Pick<Handlers, 'settings.get' | 'settings.set'> {
    return {
      'settings.get': async () => this.visible(),
      'settings.set': ({ language, theme }) =>
        this.set({
          ...(language === undefined ? {} : { language }),
          ...(theme === undefined ? {} : { theme }),
        }),
    }
  }

  private visible(): Settings {
    return { language: this.value.language, theme: this.value.theme }
  }
}
