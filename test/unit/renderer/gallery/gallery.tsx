/**
 * The pages over a fake bridge, for eyes: `npx vite --config test/unit/renderer/gallery/vite.config.ts`, then
 * `?scene=<name>` with one of the scenes below. Nothing of this is part of the product.
 */
import { createFakeBridge } from '../../../fixtures/fake-bridge.ts';
import { play } from './scenes.ts';

const scene = new URLSearchParams(location.search).get('scene') ?? 'first';
const bridge = createFakeBridge();
bridge.now = Date.now();
window.gangway = bridge;
const before = play(scene, bridge);
await import('../../../../renderer/main.tsx');
await new Promise((resolve) => setTimeout(resolve, 200));
await before();
document.documentElement.dataset.ready = 'true';
