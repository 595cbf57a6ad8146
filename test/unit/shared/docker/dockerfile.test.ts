import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { neededStages, parseDockerfile } from '../../../../shared/docker/dockerfile.ts';
import { readDockerfileLines } from '../../../../shared/docker/dockerfile-lines.ts';
import { isSecretName, nearestInstruction } from '../../../../shared/docker/dockerfile-names.ts';
import { expandWord, splitWords } from '../../../../shared/docker/dockerfile-words.ts';

const errors = (text: string): string[] => parseDockerfile(text).errors.map(({ line, message }) => `${line}: ${message}`);

describe('the lines of a Dockerfile', () => {
  it('are joined over continuations, without the comments and empty lines between', () => {
    const { instructions } = readDockerfileLines('FROM a\nRUN one \\\n  # said between\n\n  && two \\\n && three\nCMD x\n');
    expect(instructions.map(({ name, line, endLine, text }) => [name, line, endLine, text])).toEqual([
      ['FROM', 1, 1, 'a'],
      ['RUN', 2, 6, 'one   && two  && three'],
      ['CMD', 7, 7, 'x'],
    ]);
  });
  it('continue after a backslash with spaces behind it, and not after two backslashes', () => {
    expect(readDockerfileLines('RUN a \\  \n b').instructions).toHaveLength(1);
    expect(readDockerfileLines('RUN a \\\\\nRUN b').instructions).toHaveLength(2);
  });
  it('continue after a backtick where a directive says so', () => {
    const { instructions, directives } = readDockerfileLines('# escape=`\nFROM a\nRUN dir C:\\ \nRUN one `\n two\n');
    expect(directives.escape).toBe('`');
    expect(instructions.map(({ text }) => text)).toEqual(['a', 'dir C:\\', 'one  two']);
  });
  it('take directives only from the very top', () => {
    expect(readDockerfileLines('# syntax=docker/dockerfile:1\n# escape=`\nFROM a').directives).toEqual({ syntax: 'docker/dockerfile:1', escape: '`' });
    expect(readDockerfileLines('# a comment\n# escape=`\nFROM a').directives.escape).toBe('\\');
    expect(readDockerfileLines('\n# escape=`\nFROM a').directives.escape).toBe('\\');
    expect(readDockerfileLines('# escape=x\nFROM a').errors[0]).toMatchObject({ line: 1 });
    expect(readDockerfileLines('# escape=`\n# escape=`\nFROM a').errors[0]).toMatchObject({ line: 2 });
  });
  it('may end in CRLF, begin with a byte order mark, and miss the last newline', () => {
    const { instructions, crlf } = readDockerfileLines('\ufeffFROM a\r\nRUN b \\\r\n c\r\nCMD d');
    expect(instructions.map(({ text }) => text)).toEqual(['a', 'b  c', 'd']);
    expect(crlf).toBe(true);
  });
  it('hold flags apart from arguments', () => {
    const [run] = readDockerfileLines('RUN --mount=type=secret,id=a --network=none --security cmd --flag=x').instructions;
    expect(run).toMatchObject({
      flags: [
        { name: 'mount', value: 'type=secret,id=a' },
        { name: 'network', value: 'none' },
        { name: 'security', value: '' },
      ],
      text: 'cmd --flag=x',
    });
  });
  it('hold here-documents, quoted, indented and several', () => {
    const { instructions, errors: found } = readDockerfileLines(
      'RUN <<EOF\necho $a\nFROM inside\nEOF\nCOPY <<-"one" <<two /dst/\n\tfirst\n\tone\nsecond\ntwo\nCMD x\n',
    );
    expect(found).toEqual([]);
    expect(instructions.map(({ name }) => name)).toEqual(['RUN', 'COPY', 'CMD']);
    expect(instructions[0]).toMatchObject({ line: 1, endLine: 4, heredocs: [{ name: 'EOF', content: 'echo $a\nFROM inside\n', expands: true }] });
    expect(instructions[1]!.heredocs).toEqual([
      { name: 'one', content: 'first\n', expands: false },
      { name: 'two', content: 'second\n', expands: true },
    ]);
  });
  it('that never end their here-document are an error where it begins', () => {
    expect(errors('FROM a\nRUN <<EOF\necho\n')).toEqual(['2: the here-document <<EOF has no end: no line is "EOF"']);
  });
  it('take no here-document from a shift inside a shell word or JSON', () => {
    expect(readDockerfileLines('RUN echo $((1<<2))\nRUN ["cat", "<<EOF"]\nENV A="<<B"\nCMD x').instructions).toHaveLength(4);
  });
});

describe('stages, images and arguments', () => {
  it('tell stages from images, scratch left out', () => {
    const parsed = parseDockerfile(
      'FROM golang:1 AS Build\nFROM build AS test\nFROM scratch\nCOPY --from=build /a /\nCOPY --from=0 /b /\nCOPY --from=nginx:1 /c /\nRUN --mount=type=bind,from=alpine,target=/x ls\n',
    );
    expect(parsed.errors).toEqual([]);
    expect(parsed.baseImages).toEqual(['golang:1', 'nginx:1', 'alpine']);
    expect(parsed.stages.map(({ name, base, baseStage }) => [name, base, baseStage])).toEqual([
      ['build', 'golang:1', undefined],
      ['test', 'build', 0],
      [undefined, 'scratch', undefined],
    ]);
  });
  it("put values of ARG into FROM: the default, the given one, the platform's", () => {
    const text =
      'ARG BASE=ubuntu\nARG TAG\nARG ARCH=${TARGETARCH:-amd64}\nFROM --platform=$BUILDPLATFORM ${BASE}:${TAG:-22.04}\nFROM ${BASE}-$ARCH\nFROM $TAG\n';
    expect(parseDockerfile(text).baseImages).toEqual(['ubuntu:22.04', 'ubuntu-amd64', '$TAG']);
    expect(parseDockerfile(text, { args: { TAG: '24.04' }, platform: 'linux/arm64' }).baseImages).toEqual(['ubuntu:24.04', 'ubuntu-arm64', '24.04']);
    expect(parseDockerfile(text).stages[0]!.platform).toBe('$BUILDPLATFORM');
  });
  it('list each argument once, with its first line and its default', () => {
    const { args } = parseDockerfile('ARG A=1\nARG B\nFROM x\nARG A\nARG B=2 C="three four"\nARG API_TOKEN\n');
    expect(args).toEqual([
      { name: 'A', line: 1, defaultValue: '1', secretLike: false },
      { name: 'B', line: 2, defaultValue: '2', secretLike: false },
      { name: 'C', line: 5, defaultValue: 'three four', secretLike: false },
      { name: 'API_TOKEN', line: 6, secretLike: true },
    ]);
  });
  it('find the stages that a target needs', () => {
    const parsed = parseDockerfile(
      'FROM a AS one\nFROM b AS two\nFROM one AS three\nCOPY --from=two / /\nFROM c AS four\nRUN --mount=from=three,target=/x ls\n',
    );
    expect([...neededStages(parsed)].sort()).toEqual([0, 1, 2, 3]);
    expect([...neededStages(parsed, 'THREE')].sort()).toEqual([0, 1, 2]);
    expect([...neededStages(parsed, '1')]).toEqual([1]);
    expect([...neededStages(parsed, 'nowhere')]).toEqual([]);
  });
});

describe('what instructions say', () => {
  it('ports, with ranges, protocols and variables', () => {
    expect(parseDockerfile('FROM a\nARG P=9000\nEXPOSE 80 443/tcp 5353/udp 7000-7002 $P 80/TCP\nEXPOSE ${UNKNOWN}\n').exposedPorts).toEqual([
      { port: 80, protocol: 'tcp' },
      { port: 443, protocol: 'tcp' },
      { port: 5353, protocol: 'udp' },
      { port: 7000, protocol: 'tcp' },
      { port: 7001, protocol: 'tcp' },
      { port: 7002, protocol: 'tcp' },
      { port: 9000, protocol: 'tcp' },
    ]);
  });
  it('copies, in both forms, without addresses and here-documents', () => {
    const parsed = parseDockerfile(
      'FROM a\nARG D=dir\nCOPY --chown=1:1 a "b c" $D/x /dst/\nCOPY ["d e", "f", "/dst"]\nADD https://example.com/x.tar git@github.com:a/b.git g.tar /\nCOPY <<EOF /etc/x\ntext\nEOF\nCOPY --from=other h /\n',
    );
    expect(parsed.copies.map(({ instruction, sources, line, from }) => [instruction, sources, line, from])).toEqual([
      ['COPY', ['a', 'b c', 'dir/x'], 3, undefined],
      ['COPY', ['d e', 'f'], 4, undefined],
      ['ADD', ['g.tar'], 5, undefined],
      ['COPY', [], 6, undefined],
      ['COPY', ['h'], 9, 'other'],
    ]);
  });
  it('environment in both forms, with quotes and values of earlier ones', () => {
    expect(
      parseDockerfile('FROM a\nENV A=1 B="two words" C=$A-${B}\nENV OLD form with spaces\nENV DB_PASSWORD=x\n').env.map(({ name, value, secretLike }) => [
        name,
        value,
        secretLike,
      ]),
    ).toEqual([
      ['A', '1', false],
      ['B', 'two words', false],
      ['C', '1-two words', false],
      ['OLD', 'form with spaces', false],
      ['DB_PASSWORD', 'x', true],
    ]);
  });
  it('secret mounts and whether they insist', () => {
    expect(
      parseDockerfile(
        'FROM a\nRUN --mount=type=secret,id=a cat\nRUN --mount=type=secret,id=b,required=true cat\nRUN --mount=type=secret,target=/run/secrets/c,required cat\nRUN --mount=type=cache,target=/c ls\n',
      ).secrets,
    ).toEqual([
      { id: 'a', required: false, line: 2 },
      { id: 'b', required: true, line: 3 },
      { id: 'c', required: true, line: 4 },
    ]);
  });
  it('ONBUILD keeps what stands behind it', () => {
    expect(parseDockerfile('FROM a\nONBUILD COPY x /\nONBUILD RUN <<EOF\nFROM b\nEOF\n')).toMatchObject({
      errors: [],
      stages: [{ instructions: [{ name: 'ONBUILD' }, { name: 'ONBUILD' }] }],
    });
  });
});

describe('errors', () => {
  it.each([
    ['', ['1: there is no FROM: a Dockerfile begins with the image it builds on']],
    ['# only a comment\n', ['1: there is no FROM: a Dockerfile begins with the image it builds on']],
    ['FROM a\nCOPPY x /\n', ['2: unknown instruction: COPPY (did you mean COPY?)']],
    ['FROM a\nRUM x\n', ['2: unknown instruction: RUM (did you mean RUN?)']],
    ['FROM a\nENTRYPIONT x\n', ['2: unknown instruction: ENTRYPIONT (did you mean ENTRYPOINT?)']],
    ['FROM a\nXYZZY x\n', ['2: unknown instruction: XYZZY']],
    ['{ "json": 1 }\n', ['1: unknown instruction: {']],
    ['RUN x\nFROM a\n', ['1: no build stage yet: RUN stands before the first FROM']],
    ['FROM a b\n', ['1: FROM takes an image and, if wanted, AS and a name']],
    ['FROM a AS 1x\n', ['1: "1x" cannot be a stage\'s name: it begins with a letter, then letters, digits, ".", "_" or "-"']],
    ['FROM a\nCOPY x\n', ['2: COPY takes at least one source and a destination']],
    ['FROM a\nRUN\n', ['2: RUN needs an argument']],
    ['FROM a\nEXPOSE eighty\n', ['2: "eighty" is not a port: write 8080 or 8080/udp']],
    ['ARG X=\nFROM $X\n', ["2: the image's name is empty: $X has no value"]],
    ['FROM a\nENV =x\n', ['2: ENV takes pairs: NAME=value']],
    ['FROM a\nARG 1=2\n', ['2: "1" cannot be a build argument\'s name']],
  ])('%j', (text, expected) => expect(errors(text)).toEqual(expected));

  it('point at the column of an indented instruction', () => {
    expect(parseDockerfile('FROM a\n   COPPY x /\n').errors[0]).toMatchObject({ line: 2, column: 4 });
  });

  it('none come from instructions in any case, or from a file that is whole', () => {
    expect(
      errors(
        'from a as b\nrun x\ncopy a b\nHealthcheck CMD x\nmaintainer me\nSHELL ["sh"]\nSTOPSIGNAL 9\nUSER 1\nVOLUME /x\nWORKDIR /y\nLABEL a=b\nENTRYPOINT x\n',
      ),
    ).toEqual([]);
  });

  it('nothing that is read makes the parser throw', () => {
    const piece = fc.constantFrom(
      'FROM',
      'RUN',
      'COPY',
      '--from=',
      ' ',
      '\n',
      '\\\n',
      '<<EOF',
      'EOF',
      '"',
      "'",
      '$',
      '${',
      '}',
      'a',
      '[',
      ']',
      ',',
      '=',
      '#',
      'ARG',
      'ENV',
      'EXPOSE',
      '1-2',
      ':-',
      '\r',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        expect(Array.isArray(parseDockerfile(pieces.join('')).errors)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('words', () => {
  it('expand as BuildKit expands them', () => {
    const known = new Map<string, string | undefined>([
      ['A', 'x'],
      ['E', ''],
      ['U', undefined],
    ]);
    const table: [string, string][] = [
      ['$A', 'x'],
      ['${A}', 'x'],
      ['${A}b$A', 'xbx'],
      ['$AB', '$AB'],
      ['${E:-d}', 'd'],
      ['${E-d}', ''],
      ['${U:-d}', 'd'],
      ['${U-d}', 'd'],
      ['${A:+y}', 'y'],
      ['${E:+y}', ''],
      ['${E+y}', 'y'],
      ['${U:-${A}}', 'x'],
      ['\\$A', '$A'],
      ["'$A'", '$A'],
      ['"$A"', 'x'],
      ['a\\ b', 'a b'],
      ['$', '$'],
      ['${', '${'],
      ['$$A', '$x'],
    ];
    for (const [word, expanded] of table) expect(expandWord(word, known), word).toBe(expanded);
  });
  it('are cut at white space outside quotes', () => {
    expect(splitWords('a "b c" d\\ e \'f g\'h')).toEqual(['a', '"b c"', 'd\\ e', "'f g'h"]);
  });
});

describe('names', () => {
  it.each([
    'BOSDYN_CLIENT_USERNAME',
    'BOSDYN_CLIENT_PASSWORD',
    'PASSWORD',
    'db_password',
    'API_KEY',
    'GITHUB_TOKEN',
    'SECRET',
    'AWS_SECRET_ACCESS_KEY',
    'SSH_PRIVATE_KEY',
    'NPM_TOKEN',
  ])('%s looks like a secret', (name) => expect(isSecretName(name)).toBe(true));
  it.each(['VERSION', 'KEYBOARD', 'TOKENIZER', 'PUBLIC_KEY', 'PASSWORD_FILE', 'SECRET_NAME', 'GPG_KEY', 'AUTHOR', 'MONKEY', 'TOKENS_PER_SECOND'])(
    '%s does not',
    (name) => expect(isSecretName(name)).toBe(false),
  );
  it('have a nearest instruction only where one is near', () => {
    expect([nearestInstruction('WORKDRI'), nearestInstruction('FRM'), nearestInstruction('BANANA'), nearestInstruction('X')]).toEqual([
      'WORKDIR',
      'FROM',
      null,
      null,
    ]);
  });
});
