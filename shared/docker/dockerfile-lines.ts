/** One instruction as it stands in the file: continuation lines joined, comments taken out, here-documents beside it. */
export interface DockerfileInstruction {
  /** Upper case, e.g. "COPY". An instruction behind ONBUILD stands in `onbuild` of its own. */
  name: string;
  /** From 1. */
  line: number;
  endLine: number;
  /** Column of the first letter, from 1. */
  column: number;
  /** `--name=value` before the arguments; a bare `--link` has the value "". */
  flags: { name: string; value: string }[];
  /** The arguments after the flags, as one line. */
  text: string;
  heredocs: Heredoc[];
}

export interface Heredoc {
  name: string;
  content: string /** Whether variables in it are expanded (its name is not quoted). */;
  expands: boolean;
}

export interface DockerfileSyntaxError {
  line: number;
  column: number;
  message: string;
}

export interface DockerfileLines {
  instructions: DockerfileInstruction[];
  /** From `# syntax=` and `# escape=` at the top. */
  directives: { syntax?: string; escape: '\\' | '`' };
  errors: DockerfileSyntaxError[];
  /** Line ends: true when the file has CRLF. */
  crlf: boolean;
}

const HEREDOC_INSTRUCTIONS = new Set(['RUN', 'COPY', 'ADD']);

/** Cuts a Dockerfile into instructions by BuildKit's rules (frontend/dockerfile/parser). */
export function readDockerfileLines(text: string): DockerfileLines {
  const lines = text
    .replace(/^\ufeff/, '')
    .split('\n')
    .map((line) => line.replace(/\r+$/, ''));
  const errors: DockerfileSyntaxError[] = [];
  const directives = readDirectives(lines, errors);
  const continues = directives.escape === '`' ? /(^|[^`])`[ \t]*$/ : /(^|[^\\])\\[ \t]*$/;
  const instructions: DockerfileInstruction[] = [];
  for (let at = 0; at < lines.length; at++) {
    if (/^\s*(#|$)/.test(lines[at]!)) continue;
    const first = at;
    let joined = '';
    let current = lines[at]!;
    while (continues.test(current)) {
      joined += current.replace(/.[ \t]*$/, '');
      do at++;
      while (at < lines.length && /^\s*(#|$)/.test(lines[at]!));
      if (at >= lines.length) {
        current = '';
        at = lines.length - 1;
        break;
      }
      current = lines[at]!;
    }
    joined += current;
    // A lone continuation at the end of the file says nothing.
    if (joined.trim() === '') continue;
    const instruction = split(joined, first + 1, /^\s*/.exec(lines[first]!)![0].length + 1);
    const inner = instruction.name === 'ONBUILD' ? instruction.text.trimStart().split(/\s/, 1)[0]!.toUpperCase() : instruction.name;
    if (HEREDOC_INSTRUCTIONS.has(inner)) at = readHeredocs(lines, at, instruction, errors);
    instruction.endLine = at + 1;
    instructions.push(instruction);
  }
  return { instructions, directives, errors, crlf: /\r\n/.test(text) };
}

/** `# name=value` comments before anything else. The first other line ends them. */
function readDirectives(lines: string[], errors: DockerfileSyntaxError[]): DockerfileLines['directives'] {
  const directives: DockerfileLines['directives'] = { escape: '\\' };
  const seen = new Set<string>();
  for (const [index, line] of lines.entries()) {
    const match = /^#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$/.exec(line);
    if (!match) break;
    const name = match[1]!.toLowerCase();
    if (!['syntax', 'escape', 'check'].includes(name)) break;
    if (seen.has(name)) errors.push({ line: index + 1, column: 1, message: `only one ${name} directive may stand at the top` });
    seen.add(name);
    if (name === 'syntax') directives.syntax = match[2]!;
    else if (name === 'escape') {
      if (match[2] === '\\' || match[2] === '`') directives.escape = match[2];
      else errors.push({ line: index + 1, column: 1, message: `the escape character is a backslash or a backtick, not "${match[2]!}"` });
    }
  }
  return directives;
}

function split(joined: string, line: number, column: number): DockerfileInstruction {
  const match = /^\s*(\S+)([\s\S]*)$/.exec(joined)!;
  const flags: DockerfileInstruction['flags'] = [];
  let rest = match[2]!;
  for (;;) {
    const flag = /^\s+--([a-zA-Z][a-zA-Z0-9.-]*)(?:=((?:"[^"]*"|'[^']*'|\\.|[^\s"'\\])*))?(?=\s|$)/.exec(rest);
    if (!flag) break;
    flags.push({ name: flag[1]!, value: unquote(flag[2] ?? '') });
    rest = rest.slice(flag[0].length);
  }
  return { name: match[1]!.toUpperCase(), line, endLine: line, column, flags, text: rest.trim(), heredocs: [] };
}

const unquote = (text: string): string =>
  text.replace(
    /"([^"]*)"|'([^']*)'|\\(.)/g,
    (_, double: string | undefined, single: string | undefined, escaped: string | undefined) => double ?? single ?? escaped ?? '',
  );

/** Reads the bodies of `<<NAME` words. Returns the index of the last line taken. */
function readHeredocs(lines: string[], at: number, instruction: DockerfileInstruction, errors: DockerfileSyntaxError[]): number {
  if (/^\s*\[/.test(instruction.text)) return at;
  let index = at;
  for (const match of instruction.text.matchAll(/(?:^|\s)\d*<<(-?)(?:"([^"\s]+)"|'([^'\s]+)'|([A-Za-z_][\w.-]*))(?=\s|$|[;&|>)])/g)) {
    const name = match[2] ?? match[3] ?? match[4]!;
    const body: string[] = [];
    let closed = false;
    while (++index < lines.length) {
      const line = match[1] === '-' ? lines[index]!.replace(/^\t+/, '') : lines[index]!;
      if (line === name) {
        closed = true;
        break;
      }
      body.push(line);
    }
    instruction.heredocs.push({ name, content: body.map((line) => `${line}\n`).join(''), expands: match[4] !== undefined });
    if (!closed) {
      errors.push({ line: instruction.line, column: instruction.column, message: `the here-document <<${name} has no end: no line is "${name}"` });
      return lines.length - 1;
    }
  }
  return index;
}
