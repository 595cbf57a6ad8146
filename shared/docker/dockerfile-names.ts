/** Every instruction that BuildKit knows. */
export const INSTRUCTIONS: ReadonlySet<string> = new Set([
  'ADD',
  'ARG',
  'CMD',
  'COPY',
  'ENTRYPOINT',
  'ENV',
  'EXPOSE',
  'FROM',
  'HEALTHCHECK',
  'LABEL',
  'MAINTAINER',
  'ONBUILD',
  'RUN',
  'SHELL',
  'STOPSIGNAL',
  'USER',
  'VOLUME',
  'WORKDIR',
]);

/** The known instruction that a wrong one was probably meant to be: at most two letters away. */
export function nearestInstruction(name: string): string | null {
  let best: string | null = null;
  let bestDistance = Math.min(3, Math.ceil(name.length / 2) + 1);
  for (const known of INSTRUCTIONS) {
    const far = distance(name, known);
    if (far < bestDistance) [best, bestDistance] = [known, far];
  }
  return best;
}

/** Letters to add, drop, change or swap with their neighbour to turn one word into the other. */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, rows[i - 1]![j - 1]! + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, rows[i - 2]![j - 2]! + 1);
      row.push(cost);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}

const SECRET_WORD =
  /(?:^|_)(?:PASSWORD|PASSWD|PASSPHRASE|PWORD|PW|SECRET|SECRETS|TOKEN|APIKEY|API_KEY|ACCESS_KEY|PRIVATE_KEY|AUTH_KEY|SECRET_KEY|CREDENTIAL|CREDENTIALS)(?:_|$)/i;
const NOT_A_SECRET = /(?:_|^)(?:PUBLIC|FILE|PATH|DIR|URL|ID_FILE|NAME|TTL|LENGTH|EXPIRY)$|(?:^|_)PUBLIC(?:_|$)/i;

/**
 * Whether a variable's name says that its value is a secret. Values of ARG and ENV stay readable in the image's history. The two names of
 * Boston Dynamics' client count both, as their samples pass them as build arguments.
 */
export const isSecretName = (name: string): boolean =>
  /^BOSDYN_CLIENT_(USERNAME|PASSWORD)$/i.test(name) || (SECRET_WORD.test(name) && !NOT_A_SECRET.test(name));

const PREDEFINED = /^(?:(?:TARGET|BUILD)(?:PLATFORM|OS|ARCH|VARIANT)|(?:HTTP|HTTPS|FTP|NO|ALL)_PROXY|(?:http|https|ftp|no|all)_proxy)$/;

/**
 * Whether the builder fills this build argument itself, so that nobody is asked for it: platforms and proxies (Dockerfile reference,
 * "Predefined ARGs" and "Automatic platform ARGs in the global scope").
 */
export const isPredefinedArg = (name: string): boolean => PREDEFINED.test(name);
