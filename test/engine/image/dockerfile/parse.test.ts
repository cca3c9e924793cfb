import { describe, expect, it } from 'vitest'
import { checkInstruction } from '../../../../src/engine/image/dockerfile/check'
import { parseDockerfile } from '../../../../src/engine/image/dockerfile/parse'
import { refusal } from '../../refusal'

// What is expected here follows from moby/buildkit frontend/dockerfile/{parser,instructions}, as
// dockerd 20.10 has them.

const parse = (...lines: string[]) => parseDockerfile(lines.join('\n'))
const argsOf = (line: string) => parse(line).instructions[0]?.args

describe('lines', () => {
  it('are joined where the escape ends them, and not where it is escaped itself', () => {
    const { instructions } = parse('RUN a \\  ', '  b', 'RUN c \\\\', 'RUN d')
    expect(instructions.map(({ rest }) => rest)).toEqual(['a   b', 'c \\\\', 'd'])
    expect(instructions.map(({ line }) => line)).toEqual([1, 3, 4])
  })

  it('may be joined by a backtick when a directive says so', () => {
    const { instructions, escape } = parse('# escape=`', 'ENV A=c:\\ `', '  B=2')
    expect(escape).toBe('`')
    expect(instructions[0]?.args).toEqual(['A', 'c:\\', 'B', '2'])
  })

  it('pass over comments and empty lines inside, and warn of the empty ones', () => {
    const { instructions, warnings } = parse('ENV A=1 \\', '# why', '', '  B=2')
    expect(instructions[0]?.args).toEqual(['A', '1', 'B', '2'])
    expect(warnings).toEqual([
      '[WARNING]: Empty continuation line found in:\n    ENV A=1   B=2',
      '[WARNING]: Empty continuation lines will become errors in a future release.',
    ])
  })

  it('may end with a return, begin with a mark of byte order, or stop in the middle', () => {
    const { instructions } = parseDockerfile('\ufeffFROM a\r\nRUN b \\\r\n')
    expect(instructions.map(({ original }) => original)).toEqual(['FROM a', 'RUN b'])
  })

  it.each([
    [['# escape=x', 'FROM a'], "invalid escape token 'x' does not match ` or \\"],
    [['# escape=`', '# escape=`', 'FROM a'], 'only one escape parser directive can be used'],
    [['RUN ' + 'x'.repeat(70_000)], 'dockerfile line greater than max allowed size of 65535'],
  ])('are refused: %j', (lines, message) => {
    expect(refusal(() => parse(...lines))).toBe(message)
  })

  it('take a directive after the first comment for a comment', () => {
    expect(parse('# note', '# escape=x', 'FROM a').escape).toBe('\\')
  })
})

describe('flags', () => {
  it.each<[string, string[], string]>([
    ['COPY --from=a --chown=1:2 x y', ['from=a', 'chown=1:2'], 'x y'],
    ['COPY --from="a b" x y', ['from=a b'], 'x y'],
    ["COPY --from='a'\\ b x y", ['from=a b'], 'x y'],
    ['COPY -- --from=a y', [], '--from=a y'],
    ['HEALTHCHECK --retries=3', ['retries=3'], ''],
    ['RUN -x --y', [], '-x --y'],
  ])('of %s', (line, flags, rest) => {
    expect(parse(line).instructions[0]).toMatchObject({ flags, rest })
  })
})

describe('arguments', () => {
  it.each<[string, string[]]>([
    ['CMD echo "a b"', ['echo "a b"']],
    ['CMD ["a", "b c"]', ['a', 'b c']],
    ['CMD ["a"] and more', ['a']],
    ['CMD [a]', ['[a]']],
    ['CMD ["not json', ['["not json']],
    ['CMD', []],
    ['COPY "a b" c', ['"a', 'b"', 'c']],
    ['COPY ["a b", "c"]', ['a b', 'c']],
    ['ENV A=1 B="x y" C=\'z\'', ['A', '1', 'B', '"x y"', 'C', "'z'"]],
    ['ENV A the  rest = here', ['A', 'the  rest = here']],
    ['ENV A=b\\ c', ['A', 'b\\ c']],
    ['ARG A B=1 C="x y"', ['A', 'B=1', 'C="x y"']],
    ['USER a b', ['a b']],
    ['HEALTHCHECK CMD a b', ['CMD', 'a b']],
    ['HEALTHCHECK CMD ["a", "b"]', ['CMD', 'a', 'b']],
    ['ONBUILD copy a b', ['COPY', 'a', 'b']],
    ['FROM a AS b', ['a', 'AS', 'b']],
  ])('of %s', (line, args) => expect(argsOf(line)).toEqual(args))

  it.each([
    ['ENV A', 'ENV must have two arguments'],
    ['LABEL a=b c', `Syntax error - can't find = in "c". Must be of the form: name=value`],
    ['CMD ["a", 1]', 'when using JSON array syntax, arrays must be comprised of strings only'],
    ['ONBUILD ENV A', 'ENV must have two arguments'],
  ])('cannot be read: %s', (line, message) => expect(refusal(() => parse(line))).toBe(message))
})

describe('the form of an instruction', () => {
  const check = (line: string) =>
    refusal(() => parse(line).instructions.forEach((one) => checkInstruction(one)))

  it.each([
    ['NONSENSE x', 'unknown instruction: NONSENSE'],
    ['FROM', 'FROM requires either one or three arguments'],
    [
      'FROM a AS 1b',
      `invalid name for build stage: "1b", name can't start with a number or contain symbols`,
    ],
    ['FROM --from=x a', 'Unknown flag: from'],
    [
      'COPY a',
      'COPY requires at least two arguments, but only one was provided. Destination could not be determined',
    ],
    ['COPY --nonsense a b', 'Unknown flag: nonsense'],
    ['COPY --from a b', 'Missing a value on flag: from'],
    ['COPY --from=a --from=b a b', 'Duplicate flag specified: from'],
    ['ENV', 'ENV requires at least one argument'],
    ['ENV =x', 'ENV names can not be blank'],
    ['ARG =x', 'ARG names can not be blank'],
    ['WORKDIR', 'WORKDIR requires exactly one argument'],
    ['SHELL sh -c', 'SHELL requires the arguments to be in JSON form'],
    ['SHELL []', 'SHELL requires at least one argument'],
    ['ONBUILD ONBUILD RUN x', "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"],
    ['ONBUILD maintainer x', "MAINTAINER isn't allowed as an ONBUILD trigger"],
    ['VOLUME ["a", " "]', 'VOLUME specified can not be an empty string'],
    ['HEALTHCHECK', 'HEALTHCHECK requires at least one argument'],
    ['HEALTHCHECK NONE x', 'HEALTHCHECK NONE takes no arguments'],
    ['HEALTHCHECK CMD', 'Missing command after HEALTHCHECK CMD'],
    ['HEALTHCHECK TCP x', 'Unknown type "TCP" in HEALTHCHECK (try CMD)'],
    ['HEALTHCHECK --interval=1us CMD x', 'Interval "interval" cannot be less than 1ms'],
    ['HEALTHCHECK --timeout=9 CMD x', 'time: missing unit in duration "9"'],
    ['HEALTHCHECK --timeout=x CMD x', 'time: invalid duration "x"'],
    ['HEALTHCHECK --timeout=1y CMD x', 'time: unknown unit "y" in duration "1y"'],
    ['HEALTHCHECK --retries=x CMD x', 'strconv.ParseInt: parsing "x": invalid syntax'],
    ['HEALTHCHECK --retries=0 CMD x', '--retries must be at least 1 (not 0)'],
    ['CMD', 'accepted'],
    ['RUN --mount=type=cache x', 'accepted'],
  ])('%s: %s', (line, message) => expect(check(line)).toBe(message))
})
