import type { Platform } from './platform.ts';

/** Where a secret's value comes from. The value itself never stands in a request that is kept or shown. */
export type SecretSource = { id: string; env: string } | { id: string; src: string };

/** One image to build, for one platform. Paths are absolute. */
export interface BuildRequest {
  /** Context folder. */
  context: string;
  /** Dockerfile, absolute; may lie outside the context. */
  dockerfile: string;
  tags: string[];
  platform: Platform;
  /** Stage to stop at (`FROM ... AS stage`). */
  stage?: string;
  args: Record<string, string>;
  secrets: SecretSource[];
  noCache: boolean;
  pull: boolean;
  /** Name of a `docker buildx` builder to use instead of the engine's own. */
  builder?: string;
}

export interface BuildResult {
  /** "sha256:..." of the image config. */
  imageId: string;
  tags: string[];
  platform: string;
  /** How many steps were served from the cache, of how many. */
  cachedSteps: number;
  totalSteps: number;
  milliseconds: number;
}

/** What the engine says of itself. */
export interface EngineInfo {
  name: string;
  version: string;
  apiVersion: string;
  os: string;
  architecture: string;
  /** "docker", "podman", or what else it calls itself. */
  flavour: 'docker' | 'podman' | 'other';
  /** graph: classic graph driver. containerd: the containerd image store. */
  store: 'graph' | 'containerd';
  driver: string;
  rootDir: string;
  cpus: number;
  /** Bytes. */
  memory: number;
  builder: 'buildkit' | 'classic';
  /** How it is reached, e.g. "unix:///var/run/docker.sock" or "context colima". Holds no credentials. */
  address: string;
  /** True when the engine shares our loopback interface (the layer tap needs it). */
  local: boolean;
  /** Platforms it can run, its own first; from binfmt where it can be read. Null: unknown. */
  platforms: Platform[] | null;
}

/** What the window's left rail shows of the engine. */
export type EngineStatus = { state: 'ready'; info: EngineInfo } | { state: 'unavailable'; code: string; message: string; hint?: string };

/** One image, from the engine or out of an archive. Sizes in bytes. */
export interface ImageInfo {
  id: string;
  tags: string[];
  os: string;
  architecture: string;
  variant?: string;
  created?: string;
  size: number;
  /** Uncompressed layer digests ("sha256:..."), base first. */
  diffIds: string[];
}
