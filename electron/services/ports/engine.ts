import type { Readable } from 'node:stream';
import type { BuildRequest, BuildResult, EngineInfo, ImageInfo } from '../../../shared/docker/build.ts';
import type { ImagePlatform, Platform } from '../../../shared/docker/platform.ts';
import type { VerbContext } from './verb.ts';

/**
 * A container engine, as the rest of Gangway sees it. Every method throws GangwayError with an ENGINE_* code where the
 * engine cannot be reached or refuses, and rejects soon after `signal` fires.
 */
export interface Engine {
  /** Who it is. Cached for a few seconds; `fresh` asks again. */
  info(options?: { fresh?: boolean; signal?: AbortSignal }): Promise<EngineInfo>;
  build(request: BuildRequest, context: VerbContext): Promise<BuildResult>;
  /** Null where there is no such image. With `platform`, an image of another platform counts as absent. */
  inspectImage(reference: string, options?: { platform?: Platform; signal?: AbortSignal }): Promise<ImageInfo | null>;
  pull(reference: string, platform: Platform, context: VerbContext): Promise<ImageInfo>;
  /**
   * The `docker save` stream of these references (a docker-archive or OCI tar, uncompressed). `platform` chooses among several
   * under one name, where the engine keeps several (containerd store, API 1.48). An engine that dies or fails midway makes
   * the stream fail with a GangwayError.
   */
  save(references: string[], signal: AbortSignal, options?: { platform?: Platform }): Promise<Readable>;
  /**
   * The config of a local image, byte for byte, without any of its layers; null where the engine cannot give it. `reference` must be a tag that
   * the engine has. Absent on engines that surely cannot.
   */
  imageConfig?(reference: string, platform: ImagePlatform, signal: AbortSignal): Promise<Uint8Array | null>;
  /** Loads a docker-archive; resolves with the lines that the engine says. */
  load(archive: Readable, signal: AbortSignal): Promise<string[]>;
  tag(reference: string, repository: string, tag: string): Promise<void>;
  /** Removes a tag (and with it its RepoDigest); absent is fine. */
  untag(reference: string): Promise<void>;
  /** Starts a push of an already tagged reference; ends when the engine ends it or the signal fires. */
  push(reference: string, signal: AbortSignal): Promise<void>;
  /** References of images whose repository begins with this prefix. */
  listTags(prefix: string): Promise<string[]>;
  /** Whether executables of this platform run here: by binfmt on Linux, else by the engine's own word. */
  emulation(platform: Platform): Promise<{ runs: boolean; how: 'native' | 'emulated' | 'missing' | 'unknown'; fix?: string }>;
  close(): Promise<void>;
}
