import type { ImageInfo } from '../../../shared/docker/build.ts';
import type { Engine } from '../ports/engine.ts';
import type { VerbContext } from '../ports/verb.ts';
import type { LayerFiles } from './layer-files.ts';
import type { Session } from './sessions.ts';
export async function takeByTap(_f: LayerFiles, _s: Session, _e: Engine, _one: { reference: string; info: ImageInfo }, _c: VerbContext): Promise<boolean> { return false; }
