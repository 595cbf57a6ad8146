/** Variables of a compose file's `${}`, by name. Without a prototype: a file may name one "constructor". */
export type Variables = ReadonlyMap<string, string>;

/** One use of a variable. `needed`: nothing stands in for it where it is not set. `message`: of `${X:?message}`. */
export interface VariableUse {
  name: string;
  needed: boolean;
  message?: string;
}

/** `missing`: used without a default and not set (Compose puts an empty text there and warns). `error`: Compose refuses the file. */
export interface Interpolated {
  text: string;
  used: VariableUse[];
  missing: string[];
  error?: string;
}

/**
 * Replaces variables as Compose does: `$X`, `${X}`, `${X:-default}`, `${X-default}`, `${X:?message}`, `${X?message}`, `${X:+other}`,
 * `${X+other}`, nested in defaults; `$$` is a dollar sign. Never throws.
 */
export function interpolate(text: string, variables: Variables): Interpolated {
  const state: Interpolated = { text: '', used: [], missing: [] };
  state.text = expand(text, variables, state, 0);
  return state;
}

/** True where the text uses a variable (`$$` alone is none). */
export function usesVariables(text: string): boolean {
  return /(^|[^$])(\$\$)*\$(\{|[A-Za-z_])/.test(text);
}

/** Splits at colons that are not inside `${...}`. */
export function splitOutsideVariables(text: string): string[] {
  const parts = [''];
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charAt(i);
    if (text.startsWith('${', i)) depth++;
    if (c === '}' && depth > 0) depth--;
    if (c === ':' && depth === 0) parts.push('');
    else parts[parts.length - 1] += c;
  }
  return parts;
}

function expand(text: string, variables: Variables, state: Interpolated, depth: number): string {
  let out = '';
  for (let i = 0; i < text.length; i++) {
    const c = text.charAt(i);
    if (c !== '$') {
      out += c;
      continue;
    }
    const next = text.charAt(i + 1);
    if (next === '$') {
      out += '$';
      i++;
      continue;
    }
    if (next === '{') {
      const end = closingBrace(text, i + 2);
      if (end < 0 || depth > 20) {
        state.error ??= `"${text.slice(i, i + 30)}" has no closing brace.`;
        return out + text.slice(i);
      }
      out += braced(text.slice(i + 2, end), variables, state, depth);
      i = end;
      continue;
    }
    const name = /^[A-Za-z_][A-Za-z0-9_]*/.exec(text.slice(i + 1))?.[0];
    if (!name) {
      state.error ??= 'A dollar sign that is meant literally is written $$ in a compose file.';
      out += c;
      continue;
    }
    out += plain(name, variables, state);
    i += name.length;
  }
  return out;
}

function closingBrace(text: string, from: number): number {
  let depth = 0;
  for (let i = from; i < text.length; i++) {
    if (text.startsWith('${', i)) {
      depth++;
      i++;
    } else if (text.charAt(i) === '}') {
      if (depth === 0) return i;
      depth--;
    }
  }
  return -1;
}

function plain(name: string, variables: Variables, state: Interpolated): string {
  state.used.push({ name, needed: true });
  const value = variables.get(name);
  if (value === undefined) state.missing.push(name);
  return value ?? '';
}

function braced(body: string, variables: Variables, state: Interpolated, depth: number): string {
  const found = /^([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-?+])([\s\S]*))?$/.exec(body);
  if (!found?.[1]) {
    state.error ??= `"\${${body.slice(0, 30)}}" is not a variable that Compose can read.`;
    return `\${${body}}`;
  }
  const [, name, operator, rest = ''] = found;
  if (!operator) return plain(name, variables, state);
  const value = variables.get(name);
  const set = operator.startsWith(':') ? value !== undefined && value !== '' : value !== undefined;
  if (operator.endsWith('+')) {
    state.used.push({ name, needed: false });
    return set ? expand(rest, variables, state, depth + 1) : '';
  }
  if (operator.endsWith('-')) {
    state.used.push({ name, needed: false });
    return set ? (value ?? '') : expand(rest, variables, state, depth + 1);
  }
  const message = expand(rest, variables, { text: '', used: [], missing: [] }, depth + 1);
  state.used.push({ name, needed: true, message });
  if (!set) {
    state.missing.push(name);
    state.error ??= `${name} is required: ${message || 'it is not set'}.`;
  }
  return value ?? '';
}

/**
 * Reads a `.env` file as Compose does for the common cases: `KEY=value`, `export`, spaces around `=`, comments, quotes (single:
 * as it stands; double: \n and \" escapes). Lines that are nothing of this are left out.
 */
export function parseDotEnv(text: string): Map<string, string> {
  const variables = new Map<string, string>();
  for (const line of text.replace(/^\ufeff/, '').split(/\r?\n/)) {
    const found = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\s*[=:]\s*(.*)$/.exec(line);
    if (!found?.[1]) continue;
    variables.set(found[1], dotEnvValue(found[2] ?? '', variables));
  }
  return variables;
}

function dotEnvValue(raw: string, before: Variables): string {
  const single = /^'([^']*)'/.exec(raw);
  if (single) return single[1] ?? '';
  const double = /^"((?:[^"\\]|\\.)*)"/.exec(raw);
  if (double) return interpolate((double[1] ?? '').replace(/\\n/g, '\n').replace(/\\(["\\])/g, '$1'), before).text;
  return interpolate(raw.replace(/(^|\s)#.*$/, '').trimEnd(), before).text;
}
