import { describe, expect, it } from 'vitest'
import { applyChanges } from '../../../src/engine/image/changes'
import { parseDockerfile } from '../../../src/engine/image/dockerfile/parse'
import { expandWord, expandWords } from '../../../src/engine/image/dockerfile/words'

const refusal = (...changes: string[]) => {
  try {
    applyChanges({}, changes)
  } catch (error) {
    return (error as { params: { docker: string } }).params.docker
  }
  return 'accepted'
}

describe('--change of commit and import', () => {
  // In one ENV a variable has the value from before it (Dockerfile reference, ENV).
  it('applies settings in their order, with the variables of its own ENV', () => {
    const config = applyChanges({ Env: ['PATH=/bin'], Cmd: ['old'] }, [
      'ENV A=1 B="two words" C=$A-$PATH',
      'ENV OLD form of ENV',
      'EXPOSE 80 53/udp 7000-7001',
      'LABEL a=b "c d"=e',
      'USER nobody',
      'WORKDIR /srv',
      'WORKDIR app/../web',
      'VOLUME /data [x]',
      'VOLUME ["/a b"]',
      'ENTRYPOINT ["/entry"]',
      'CMD echo $A',
      'ONBUILD RUN make',
      'HEALTHCHECK --interval=1m30s --retries=3 CMD curl -f http://localhost',
    ])
    expect(config).toEqual({
      Env: ['PATH=/bin', 'A=1', 'B=two words', 'C=-/bin', 'OLD=form of ENV'],
      ExposedPorts: { '80/tcp': {}, '53/udp': {}, '7000/tcp': {}, '7001/tcp': {} },
      Labels: { a: 'b', 'c d': 'e' },
      User: 'nobody',
      WorkingDir: '/srv/web',
      Volumes: { '/data': {}, '[x]': {}, '/a b': {} },
      Entrypoint: ['/entry'],
      Cmd: ['/bin/sh', '-c', 'echo $A'],
      // Left out where the config is written.
      ArgsEscaped: false,
      OnBuild: ['RUN make'],
      Healthcheck: {
        Test: ['CMD-SHELL', 'curl -f http://localhost'],
        Interval: 90e9,
        Retries: 3,
      },
    })
  })

  it('drops the old CMD with a new ENTRYPOINT, and keeps one that was set beside it', () => {
    expect(applyChanges({ Cmd: ['old'] }, ['ENTRYPOINT ["/e"]']).Cmd).toBeNull()
    expect(applyChanges({ Cmd: ['old'] }, ['CMD ["new"]', 'ENTRYPOINT ["/e"]']).Cmd).toEqual([
      'new',
    ])
  })

  it('leaves what it was given as it is', () => {
    const given = { Env: ['A=1'] }
    applyChanges(given, ['ENV A=2'])
    expect(given).toEqual({ Env: ['A=1'] })
  })

  it.each([
    [['FROM scratch'], 'from is not a valid change command'],
    [['run ls'], 'run is not a valid change command'],
    [['STOPSIGNAL SIGINT'], 'stopsignal is not a valid change command'],
    [['ENV'], 'ENV requires at least one argument'],
    [['ENV a'], 'ENV must have two arguments'],
    [['LABEL a=b c'], `Syntax error - can't find = in "c". Must be of the form: name=value`],
    [['EXPOSE abc'], 'Invalid containerPort: abc'],
    [['ONBUILD FROM x'], "FROM isn't allowed as an ONBUILD trigger"],
  ])('refuses %j', (changes, message) => expect(refusal(...changes)).toBe(message))
})

describe('a Dockerfile', () => {
  it('joins continued lines, passes over comments, and reads flags', () => {
    const { instructions } = parseDockerfile(
      '# syntax=x\nFROM scratch AS base\n\nCOPY --from=base --chown=1:2 \\\n# a comment\n  a \\\n  b/\nLABEL a=1\n',
    )
    expect(
      instructions.map(({ name, flags, rest, line }) => ({ name, flags, rest, line })),
    ).toEqual([
      { name: 'FROM', flags: [], rest: 'scratch AS base', line: 2 },
      { name: 'COPY', flags: ['from=base', 'chown=1:2'], rest: 'a   b/', line: 4 },
      { name: 'LABEL', flags: [], rest: 'a=1', line: 8 },
    ])
  })

  it('fills in variables as a shell would', () => {
    const lookup = (name: string) => ({ a: 'x y', empty: '' })[name]
    expect(expandWord('${a}-$a-${none:-d}-${a:+alt}-${empty:-e}', lookup)).toBe('x y-x y-d-alt-e')
    expect(expandWord(`'$a'"$a"\\$a`, lookup)).toBe('$ax y$a')
    expect(expandWords('p $a "q $a"', lookup)).toEqual(['p', 'x', 'y', 'q x y'])
  })
})
