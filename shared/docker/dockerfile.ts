import type { DockerfileArg } from '../extension/draft.ts';
import { readDockerfileLines, type DockerfileInstruction, type DockerfileLines, type DockerfileSyntaxError } from './dockerfile-lines.ts';
import { expandWord, jsonWords, splitWords, type Variables } from './dockerfile-words.ts';
import { isSecretName, nearestInstruction, INSTRUCTIONS } from './dockerfile-names.ts';

export interface DockerfileStage {
  /** Lower case, as `AS` gives it; undefined for a stage without a name. */
  name?: string;
  index: number;
  /** What FROM names, with ARG values put in. */
  base: string;
  /** Index of the earlier stage that it builds on; undefined where the base is an image or scratch. */
  baseStage?: number;
  platform?: string;
  line: number;
  /** Without FROM. */
  instructions: DockerfileInstruction[];
}

/** One COPY or ADD. Sources have their variables expanded; URLs, git addresses and here-documents are left out of them. */
export interface DockerfileCopy {
  instruction: 'COPY' | 'ADD';
  sources: string[];
  destination: string;
  line: number;
  from?: string;
  stage: number;
}

export interface DockerfileEnv {
  name: string;
  value: string;
  line: number;
  secretLike: boolean;
}

export interface Dockerfile {
  stages: DockerfileStage[];
  /** Every ARG once, at its first line, those before FROM among them. */
  args: DockerfileArg[];
  env: DockerfileEnv[];
  /** Images that FROM and COPY --from name, each once; stages and scratch are none. */
  baseImages: string[];
  exposedPorts: { port: number; protocol: 'tcp' | 'udp' }[];
  copies: DockerfileCopy[];
  /** Ids of `RUN --mount=type=secret`, and whether the mount insists on it. */
  secrets: { id: string; required: boolean; line: number }[];
  errors: DockerfileSyntaxError[];
  directives: DockerfileLines['directives'];
  crlf: boolean;
}

export interface ParseOptions {
  /** Values given for build arguments. */
  args?: Readonly<Record<string, string>>;
  /** "linux/arm64": fills the automatic TARGET... arguments. */
  platform?: string;
}

/** Reads a Dockerfile. Never throws: what cannot be understood is listed in `errors` and the rest is still read. */
export function parseDockerfile(text: string, options: ParseOptions = {}): Dockerfile {
  const lines = readDockerfileLines(text);
  const reader = new Reader(lines, options);
  for (const instruction of lines.instructions) reader.take(instruction);
  return reader.finish();
}

class Reader {
  private readonly out: Dockerfile;
  private readonly globals: Map<string, string | undefined>;
  private local = new Map<string, string | undefined>();
  private readonly given: Readonly<Record<string, string>>;

  constructor(lines: DockerfileLines, options: ParseOptions) {
    this.given = options.args ?? {};
    this.globals = platformArgs(options.platform);
    this.out = {
      stages: [],
      args: [],
      env: [],
      baseImages: [],
      exposedPorts: [],
      copies: [],
      secrets: [],
      errors: [...lines.errors],
      directives: lines.directives,
      crlf: lines.crlf,
    };
  }

  take(instruction: DockerfileInstruction): void {
    const { name, line, column, text } = instruction;
    if (!INSTRUCTIONS.has(name)) {
      const near = nearestInstruction(name);
      this.fail(line, column, `unknown instruction: ${name}${near ? ` (did you mean ${near}?)` : ''}`);
      return;
    }
    if (name === 'FROM') return this.from(instruction);
    const stage = this.out.stages.at(-1);
    if (name === 'ARG') return this.arg(instruction, stage);
    if (!stage) {
      this.fail(line, column, `no build stage yet: ${name} stands before the first FROM`);
      return;
    }
    stage.instructions.push(instruction);
    if (text === '' && instruction.heredocs.length === 0) this.fail(line, column, `${name} needs an argument`);
    else if (name === 'ENV') this.env(instruction);
    else if (name === 'EXPOSE') this.expose(instruction);
    else if (name === 'COPY' || name === 'ADD') this.copy(instruction, name, stage);
    else if (name === 'RUN') this.mounts(instruction);
  }

  finish(): Dockerfile {
    const { out } = this;
    if (out.stages.length === 0 && out.errors.length === 0) this.fail(1, 1, 'there is no FROM: a Dockerfile begins with the image it builds on');
    out.errors.sort((a, b) => a.line - b.line || a.column - b.column);
    return out;
  }

  private from(instruction: DockerfileInstruction): void {
    const { line, column } = instruction;
    const words = this.words(instruction.text);
    if (words.length !== 1 && !(words.length === 3 && words[1]!.toLowerCase() === 'as')) {
      this.fail(line, column, 'FROM takes an image and, if wanted, AS and a name');
      return;
    }
    const base = expandWord(words[0]!, this.globals, this.out.directives.escape);
    const name = words[2]?.toLowerCase();
    if (name !== undefined && !/^[a-z][a-z0-9._-]*$/.test(name))
      this.fail(line, column, `"${name}" cannot be a stage's name: it begins with a letter, then letters, digits, ".", "_" or "-"`);
    if (base === '') this.fail(line, column, `the image's name is empty: ${words[0]!} has no value`);
    const platform = instruction.flags.find((flag) => flag.name === 'platform')?.value;
    const earlier = this.out.stages.findLastIndex((stage) => stage.name !== undefined && stage.name === base.toLowerCase());
    this.out.stages.push({
      index: this.out.stages.length,
      base,
      line,
      instructions: [],
      ...(name === undefined ? {} : { name }),
      ...(earlier < 0 ? {} : { baseStage: earlier }),
      ...(platform === undefined ? {} : { platform: expandWord(platform, this.globals, this.out.directives.escape) }),
    });
    this.local = new Map();
    if (earlier < 0 && base !== 'scratch' && base !== '') this.addBase(base);
  }

  private arg(instruction: DockerfileInstruction, stage: DockerfileStage | undefined): void {
    const target = stage ? this.local : this.globals;
    for (const word of this.words(instruction.text)) {
      const equals = word.indexOf('=');
      const name = equals < 0 ? word : word.slice(0, equals);
      if (!/^[A-Za-z_]\w*$/.test(name)) {
        this.fail(instruction.line, instruction.column, `"${name}" cannot be a build argument's name`);
        continue;
      }
      const written = equals < 0 ? undefined : expandWord(word.slice(equals + 1), stage ? this.local : this.globals, this.out.directives.escape);
      target.set(name, this.given[name] ?? written ?? (stage ? this.globals.get(name) : target.get(name)));
      const known = this.out.args.find((arg) => arg.name === name);
      if (!known)
        this.out.args.push({ name, line: instruction.line, secretLike: isSecretName(name), ...(written === undefined ? {} : { defaultValue: written }) });
      else if (known.defaultValue === undefined && written !== undefined) known.defaultValue = written;
    }
    stage?.instructions.push(instruction);
  }

  private env(instruction: DockerfileInstruction): void {
    const words = this.words(instruction.text);
    const pairs = words[0]!.includes('=')
      ? words.map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)] as const)
      : [[words[0]!, instruction.text.slice(words[0]!.length).trim()] as const];
    for (const [name, written] of pairs) {
      if (name === '') {
        this.fail(instruction.line, instruction.column, 'ENV takes pairs: NAME=value');
        continue;
      }
      const value = expandWord(written, this.local, this.out.directives.escape);
      this.local.set(name, value);
      this.out.env.push({ name, value, line: instruction.line, secretLike: isSecretName(name) });
    }
  }

  private expose(instruction: DockerfileInstruction): void {
    for (const word of this.words(instruction.text)) {
      const expanded = expandWord(word, this.local, this.out.directives.escape);
      const match = /^(\d+)(?:-(\d+))?(?:\/(tcp|udp|sctp))?$/i.exec(expanded);
      if (!match) {
        if (!expanded.includes('$')) this.fail(instruction.line, instruction.column, `"${expanded}" is not a port: write 8080 or 8080/udp`);
        continue;
      }
      const protocol = match[3]?.toLowerCase() === 'udp' ? 'udp' : 'tcp';
      const last = Math.min(Number(match[2] ?? match[1]), Number(match[1]) + 999);
      for (let port = Number(match[1]); port <= last; port++) {
        if (!this.out.exposedPorts.some((known) => known.port === port && known.protocol === protocol)) this.out.exposedPorts.push({ port, protocol });
      }
    }
  }

  private copy(instruction: DockerfileInstruction, name: 'COPY' | 'ADD', stage: DockerfileStage): void {
    const words = jsonWords(instruction.text) ?? this.words(instruction.text);
    if (words.length < 2) {
      this.fail(instruction.line, instruction.column, `${name} takes at least one source and a destination`);
      return;
    }
    const expanded = words.map((word) => (word.startsWith('<<') ? word : expandWord(word, this.local, this.out.directives.escape)));
    const from = instruction.flags.find((flag) => flag.name === 'from')?.value;
    const remote = /^(?:https?:\/\/|git@|git:\/\/|ssh:\/\/)|^\d*<</;
    const sources = expanded.slice(0, -1).filter((source) => !remote.test(source));
    this.out.copies.push({
      instruction: name,
      sources,
      destination: expanded.at(-1)!,
      line: instruction.line,
      stage: stage.index,
      ...(from === undefined ? {} : { from: expandWord(from, this.globals, this.out.directives.escape) }),
    });
    if (from !== undefined) this.copyFrom(expandWord(from, this.globals, this.out.directives.escape), stage.index);
  }

  /** `--from` names a stage, a stage's number, or an image. */
  private copyFrom(from: string, before: number): void {
    const isStage = this.out.stages.slice(0, before).some((stage) => stage.name === from.toLowerCase()) || (/^\d+$/.test(from) && Number(from) < before);
    if (!isStage && from !== '' && from !== 'scratch') this.addBase(from);
  }

  private mounts(instruction: DockerfileInstruction): void {
    for (const flag of instruction.flags) {
      if (flag.name !== 'mount') continue;
      const fields = new Map(
        flag.value.split(',').map((field) => {
          const [key, ...rest] = field.split('=');
          return [key!.toLowerCase(), rest.join('=')] as const;
        }),
      );
      const type = fields.get('type') ?? 'bind';
      if (type === 'secret') {
        const target = fields.get('target') ?? fields.get('dst') ?? fields.get('destination') ?? '';
        this.out.secrets.push({
          id: fields.get('id') || target.split('/').at(-1)!,
          required: ['', 'true', '1'].includes(fields.get('required') ?? 'false'),
          line: instruction.line,
        });
      } else if (type === 'bind' && fields.has('from')) this.copyFrom(expandWord(fields.get('from')!, this.globals), this.out.stages.length - 1);
    }
  }

  private addBase(image: string): void {
    if (!this.out.baseImages.includes(image)) this.out.baseImages.push(image);
  }

  private words(text: string): string[] {
    return splitWords(text, this.out.directives.escape);
  }

  private fail(line: number, column: number, message: string): void {
    this.out.errors.push({ line, column, message });
  }
}

function platformArgs(platform = ''): Map<string, string | undefined> {
  const [os, arch, variant = ''] = platform.split('/');
  return platform === ''
    ? new Map()
    : new Map([
        ['TARGETPLATFORM', platform],
        ['TARGETOS', os],
        ['TARGETARCH', arch],
        ['TARGETVARIANT', variant],
      ]);
}

/** The stages that a build of `target` (name or number; the last one by default) needs, by index. */
export function neededStages(dockerfile: Dockerfile, target?: string): Set<number> {
  const find = (name: string): number => {
    const named = dockerfile.stages.findLastIndex((stage) => stage.name === name.toLowerCase());
    return named >= 0 ? named : /^\d+$/.test(name) && Number(name) < dockerfile.stages.length ? Number(name) : -1;
  };
  const needed = new Set<number>();
  const visit = (index: number): void => {
    const stage = dockerfile.stages[index];
    if (!stage || needed.has(index)) return;
    needed.add(index);
    if (stage.baseStage !== undefined) visit(stage.baseStage);
    for (const copy of dockerfile.copies) if (copy.stage === index && copy.from !== undefined) visit(find(copy.from));
    for (const instruction of stage.instructions) {
      for (const flag of instruction.flags) {
        const from = flag.name === 'mount' ? /(?:^|,)from=([^,]+)/.exec(flag.value)?.[1] : undefined;
        if (from !== undefined) visit(find(from));
      }
    }
  };
  visit(target === undefined ? dockerfile.stages.length - 1 : find(target));
  return needed;
}

export type { Variables };
