import { statSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import type { SecretSource } from '../../shared/docker/build.ts';
import { PLATFORMS, type Platform, parsePlatform, platformRuns } from '../../shared/docker/platform.ts';
import { TARGET_IDS, TARGETS, type TargetId } from '../../shared/extension/targets.ts';
import type { BuildFolderRequest } from '../services/ports/requests.ts';
import type { CommandContext } from './command.ts';
import { didYouMean } from './did-you-mean.ts';
import { UsageError } from './spec.ts';

/**
 * The options that `build` and `package` share, as a request. Paths become absolute.
 * @throws UsageError
 */
export function buildOptions({ words, env, cwd, output }: CommandContext): BuildFolderRequest {
  const args = buildArgs(words.many('build-arg'), env, (message) => output.warn('build-arg-unset', message));
  const target = words.one('target');
  const platform = words.one('platform');
  const builder = words.one('builder');
  if (target !== undefined && platform !== undefined) assertFits(readTarget(target), readPlatform(platform));
  return {
    folder: readFolder(words.positionals[0]!, cwd),
    ...(target === undefined ? {} : { target: readTarget(target) }),
    ...(platform === undefined ? {} : { platform: readPlatform(platform) }),
    ...(builder === undefined ? {} : { builder }),
    noCache: words.has('no-cache'),
    pull: words.has('pull'),
    args,
    secrets: words.many('secret').map((text) => readSecret(text, cwd)),
  };
}

/** A Dockerfile or an .spx in the place of the folder is a slip of the hand; whether a folder is there is the service's to say. */
function readFolder(typed: string, cwd: string): string {
  const folder = resolve(cwd, typed);
  if (!statSync(folder, { throwIfNoEntry: false })?.isFile()) return folder;
  if (/\.(spx|tar|tgz|tar\.gz)$/i.test(typed)) throw new UsageError(`${typed} is a file, and a folder to build is needed here.`, `gangway inspect ${typed}`);
  throw new UsageError(`${typed} is a file; give the folder that it lies in.`, relative(cwd, dirname(folder)) || '.');
}

export function readTarget(typed: string): TargetId {
  const id = TARGET_IDS.find((known) => known === typed);
  if (id) return id;
  const near = didYouMean(typed, TARGET_IDS);
  throw new UsageError(`There is no target "${typed}". Targets: ${TARGET_IDS.join(', ')}.`, near && `--target ${near}`);
}

/** Both at once only where the target runs the platform: an image for another restarts there for ever. */
function assertFits(target: TargetId, platform: Platform): void {
  const [os = '', architecture = '', variant] = platform.split('/');
  const runs = TARGETS[target].platform;
  if (runs === null || platformRuns({ os, architecture, ...(variant === undefined ? {} : { variant }) }, runs)) return;
  throw new UsageError(`--target ${target} runs ${runs}, not ${platform}. Leave out --platform, or name another target.`);
}

function readPlatform(typed: string): Platform {
  const platform = parsePlatform(typed);
  if (platform) return platform;
  throw new UsageError(`"${typed}" is not a platform that Gangway builds for. Platforms: ${PLATFORMS.join(', ')}.`);
}

/** NAME=VALUE, or NAME for the variable's value; as with docker, an unset variable gives no argument. */
function buildArgs(words: readonly string[], env: CommandContext['env'], warn: (message: string) => void): Record<string, string> {
  const args: Record<string, string> = {};
  for (const word of words) {
    const equals = word.indexOf('=');
    const name = equals < 0 ? word : word.slice(0, equals);
    if (name === '') throw new UsageError(`--build-arg needs a name: NAME=VALUE, not "${word}".`);
    const value = equals < 0 ? env[name] : word.slice(equals + 1);
    if (value === undefined) warn(`--build-arg ${name}: there is no variable ${name} in the environment, so the Dockerfile's default holds.`);
    else args[name] = value;
  }
  return args;
}

/** "id=ID,env=NAME" or "id=ID,src=FILE"; "id=ID" alone is the variable ID. docker's "type=" and "source=" are understood. */
export function readSecret(text: string, cwd: string): SecretSource {
  const fields = new Map<string, string>();
  for (const [, quoted, bare] of text.matchAll(/"([^"]*)"(?:,|$)|([^",]+)(?:,|$)/g)) {
    const field = quoted ?? bare ?? '';
    const equals = field.indexOf('=');
    const key = field.slice(0, Math.max(0, equals)).trim().toLowerCase();
    if (!['id', 'env', 'src', 'source', 'type'].includes(key))
      throw new UsageError(`--secret ${text}: "${field}" is not understood; it takes id=, env= and src=.`);
    fields.set(key === 'source' ? 'src' : key, field.slice(equals + 1));
  }
  const id = fields.get('id');
  if (!id) throw new UsageError(`--secret ${text}: it needs an id, e.g. id=${text.includes('=') ? 'NAME' : text},env=VARIABLE.`);
  const [env, src, type] = [fields.get('env'), fields.get('src'), fields.get('type')];
  if (env !== undefined && src !== undefined) throw new UsageError(`--secret id=${id}: take its value from env= or from src=, not from both.`);
  if (type !== undefined && type !== 'env' && type !== 'file') throw new UsageError(`--secret id=${id}: type is env or file, not "${type}".`);
  if (env === '' || src === '') throw new UsageError(`--secret id=${id}: ${env === '' ? 'env' : 'src'}= is empty.`);
  // docker's "type=env,src=NAME": src then names the variable.
  if (src !== undefined) return type === 'env' ? { id, env: src } : { id, src: resolve(cwd, src) };
  return { id, env: env ?? id };
}
