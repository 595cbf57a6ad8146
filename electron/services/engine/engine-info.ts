import { hostname, release } from 'node:os';
import type { EngineInfo } from '../../../shared/docker/build.ts';
import type { Platform } from '../../../shared/docker/platform.ts';
import { ask, type EngineLink, send } from './connection.ts';
import { nativePlatforms, platformsFromBinfmt } from './binfmt.ts';
import { compareApi } from './engine-errors.ts';

/** GET /info, the parts that are used. */
export interface RawInfo {
  Name?: string;
  ServerVersion?: string;
  OperatingSystem?: string;
  OSType?: string;
  Architecture?: string;
  Driver?: string;
  DriverStatus?: [string, string][] | null;
  DockerRootDir?: string;
  NCPU?: number;
  MemTotal?: number;
  KernelVersion?: string;
  SecurityOptions?: string[] | null;
}

/** GET /version, the parts that are used. */
export interface RawVersion {
  Version?: string;
  ApiVersion?: string;
  Os?: string;
  Arch?: string;
  Components?: { Name?: string; Version?: string }[] | null;
}

/** What HEAD-less /_ping says. */
export interface Ping {
  apiVersion: string | null;
  builder: string | null;
  flavour: EngineInfo['flavour'];
}

/** What this computer is, as far as sharing a loopback interface with the engine goes. */
export interface Here {
  platform: NodeJS.Platform;
  kernel: string;
  hostname: string;
}

export const here = (platform: NodeJS.Platform): Here => ({ platform, kernel: release(), hostname: hostname() });

/** Asks /_ping, the cheapest question there is. */
export async function ping(link: EngineLink, signal: AbortSignal): Promise<Ping> {
  const answer = await send(link, { method: 'GET', path: '/_ping', signal, doing: 'answer' });
  answer.resume();
  const header = (name: string): string | null => {
    const value = answer.headers[name];
    return typeof value === 'string' && value !== '' ? value : null;
  };
  const podman = header('libpod-api-version') !== null || /libpod/i.test(header('server') ?? '');
  return {
    apiVersion: header('api-version'),
    builder: header('builder-version'),
    flavour: podman ? 'podman' : /docker/i.test(header('server') ?? '') ? 'docker' : 'other',
  };
}

/** Asks who the engine is. `platforms` is filled from binfmt where the engine shares this computer's kernel, else null. */
export async function readEngineInfo(link: EngineLink, pinged: Ping, at: Here, signal: AbortSignal): Promise<EngineInfo> {
  const [info, version] = await Promise.all([
    ask<RawInfo>(link, { method: 'GET', path: '/info', signal, doing: 'say who it is' }),
    ask<RawVersion>(link, { method: 'GET', path: '/version', signal, doing: 'say its version' }),
  ]);
  const flavour = flavourOf(version, pinged);
  const sharesKernel = isSameKernel(link, info, at);
  const architecture = version.Arch ?? info.Architecture ?? '';
  const apiVersion = version.ApiVersion ?? pinged.apiVersion ?? '0';
  let platforms: Platform[] | null = null;
  if (sharesKernel) platforms = [...new Set([...(await nativePlatforms(architecture)), ...(await platformsFromBinfmt())])];
  return {
    name: productName(info, flavour),
    version: version.Version ?? info.ServerVersion ?? 'unknown',
    apiVersion,
    os: info.OSType ?? version.Os ?? 'linux',
    architecture,
    flavour,
    store: storeOf(info),
    driver: info.Driver ?? '',
    rootDir: info.DockerRootDir ?? '',
    cpus: info.NCPU ?? 0,
    memory: info.MemTotal ?? 0,
    builder: builderOf(pinged.builder, flavour, info.OSType ?? version.Os ?? 'linux', apiVersion),
    address: link.address.shown,
    local: sharesKernel && !isRootless(info, flavour),
    platforms,
  };
}

/** What people call it: the product that runs the engine, where it can be told. */
export function productName(info: Pick<RawInfo, 'OperatingSystem' | 'Name'>, flavour: EngineInfo['flavour']): string {
  const product = /Docker Desktop|Rancher Desktop|OrbStack/.exec(info.OperatingSystem ?? '')?.[0];
  if (product) return product;
  if (info.Name === 'colima' || info.Name?.startsWith('colima-')) return 'Colima';
  return flavour === 'podman' ? 'Podman' : 'Docker';
}

function flavourOf(version: RawVersion, pinged: Ping): EngineInfo['flavour'] {
  const names = (version.Components ?? []).map((component) => component.Name ?? '');
  if (names.some((name) => /podman/i.test(name)) || pinged.flavour === 'podman') return 'podman';
  return pinged.flavour === 'docker' || names.includes('Engine') ? 'docker' : 'other';
}

/** containerd image store: the driver status names the snapshotter's plugin type (moby, daemon/containerd). */
export function storeOf(info: Pick<RawInfo, 'DriverStatus'>): EngineInfo['store'] {
  return (info.DriverStatus ?? []).some((pair) => pair.some((text) => /containerd\.snapshotter/.test(text))) ? 'containerd' : 'graph';
}

/**
 * Builder-Version is "2" where BuildKit is the default and "1" where an administrator or Windows chose the classic builder.
 * Docker 20.10 leaves it out and has BuildKit all the same (API 1.39 and later); Podman has none.
 */
export function builderOf(header: string | null, flavour: EngineInfo['flavour'], os: string, apiVersion: string): EngineInfo['builder'] {
  if (flavour === 'podman' || os === 'windows' || header === '1') return 'classic';
  return header === '2' || compareApi(apiVersion, '1.39') >= 0 ? 'buildkit' : 'classic';
}

/**
 * Whether the engine runs on this very kernel and host: a unix socket on Linux behind which the kernel and the host name are
 * ours. Docker Desktop, Colima and WSL's integration put a virtual machine or another host name behind such a socket, and a
 * container that was given the host's socket has a name of its own.
 */
export function isSameKernel(link: Pick<EngineLink, 'address'>, info: RawInfo, at: Here): boolean {
  if (at.platform !== 'linux' || link.address.kind !== 'socket') return false;
  if (/Docker Desktop|Rancher Desktop/i.test(info.OperatingSystem ?? '')) return false;
  return info.KernelVersion === at.kernel && info.Name === at.hostname;
}

// Rootless Docker runs in a network namespace of its own (rootlesskit); Podman pushes from the caller's.
const isRootless = (info: RawInfo, flavour: EngineInfo['flavour']): boolean =>
  flavour !== 'podman' && (info.SecurityOptions ?? []).some((text) => text.includes('rootless'));
