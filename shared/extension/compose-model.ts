import type { Placed, PlacedText } from './source-tree.ts';

/** One entry of `ports`. Numbers stay text, since they may be ranges ("8000-8010") or variables. */
export interface ComposePort extends Placed {
  /** As written in the short syntax; made up from the parts for the long one. */
  raw: string;
  hostIp: string;
  /** "" where the engine chooses the port. */
  host: string;
  container: string;
  protocol: 'tcp' | 'udp' | 'sctp';
  syntax: 'short' | 'long';
}

export interface ComposeVolume extends Placed {
  raw: string;
  /** Relative and absolute host paths are binds; a plain word is a named volume; no source is an anonymous volume. */
  type: 'bind' | 'volume' | 'tmpfs' | 'npipe' | 'cluster' | 'image';
  source: string;
  target: string;
  readOnly: boolean;
  /** Whether it says no more than source, target and read-only. */
  plain: boolean;
}

export interface ComposeEnv extends Placed {
  name: string /** Null: taken from the environment that Compose runs in. */;
  value: string | null;
}
export interface ComposeDevice extends Placed {
  raw: string;
  host: string;
  container: string;
  permissions: string;
}
export interface ComposeEnvFile extends Placed {
  path: string;
  required: boolean;
}
export interface ComposeBuild extends Placed {
  context: string;
  dockerfile?: string;
  args: Record<string, string>;
  target?: string;
  secrets: string[];
}

export interface ComposeService extends Placed {
  name: string;
  image?: PlacedText;
  build?: ComposeBuild;
  ports: ComposePort[];
  volumes: ComposeVolume[];
  environment: ComposeEnv[];
  envFiles: ComposeEnvFile[];
  devices: ComposeDevice[];
  /** Names of top-level configs and secrets that it uses. */
  configs: PlacedText[];
  secrets: PlacedText[];
  networkMode?: PlacedText;
  restart?: PlacedText;
  platform?: PlacedText;
  user?: PlacedText;
  /** deploy.resources.limits.memory, else mem_limit. */
  memoryLimit?: PlacedText;
  /** An NVIDIA GPU is asked for, in whichever way. */
  gpu: boolean;
  privileged: boolean;
  extends?: Placed & { service: string; file?: string };
  profiles: string[];
  hasHealthcheck: boolean;
}

/** A top-level config or secret. `file` is where it comes from, if it does. */
export interface ComposeFileSource extends Placed {
  name: string;
  file?: PlacedText;
}

/** A docker-compose.yml as far as packing, checking and the form need it. */
export interface ComposeModel {
  file: string;
  /** Top-level `name`. */
  name?: PlacedText;
  /** The `version` key, which Compose ignores. */
  version?: PlacedText;
  services: ComposeService[];
  configs: ComposeFileSource[];
  secrets: ComposeFileSource[];
  /** Names of the top-level volumes and networks. */
  volumes: string[];
  networks: string[];
  /** Paths of `include`. */
  includes: PlacedText[];
  /** Every text of the file that uses a variable, keys excepted. */
  variables: PlacedText[];
}
