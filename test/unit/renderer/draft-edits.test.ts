import { describe, expect, it } from 'vitest';
import {
  addService,
  asSecret,
  asVariable,
  cardOf,
  chooseTarget,
  dropSecret,
  removeService,
  setArg,
  setServiceImage,
  unsupplied,
} from '../../../renderer/features/wizard/draft-edits.ts';
import { draft } from '../../fixtures/ui-samples.ts';

describe('edits of a draft', () => {
  it('takes an x86-64 computer for "other" with a platform, and knows the card again', () => {
    const x86 = chooseTarget(draft, 'x86-64');
    expect([x86.target, x86.platform, cardOf(x86)]).toEqual(['generic-ssh', 'linux/amd64', 'x86-64']);
    expect(cardOf(chooseTarget(x86, 'generic-ssh'))).toBe('generic-ssh');
  });

  it('lets the platform follow the target', () => {
    expect(chooseTarget(draft, 'raspberry-pi-zero').platform).toBe('linux/arm/v6');
  });

  it('renames the built image with its only service', () => {
    const next = setServiceImage(draft, 0, 'x:2');
    expect([next.services[0]?.image, next.images[0]?.tag]).toEqual(['x:2', 'x:2']);
  });

  it('leaves the built image alone while another service uses it too', () => {
    const two = { ...draft, services: [draft.services[0]!, { ...draft.services[0]!, name: 'b' }] };
    expect(setServiceImage(two, 0, 'x:2').images[0]?.tag).toBe('hello-spot:1.0.0');
  });

  it('forgets an emptied argument, so that the default applies', () => {
    const set = setArg(draft, 0, 'A', 'b');
    expect(set.images[0]?.args).toEqual({ A: 'b' });
    expect(setArg(set, 0, 'A', '').images[0]?.args).toEqual({});
  });

  it('turns a secret argument into a named secret without its value, and back', () => {
    const secret = asSecret(setArg(draft, 0, 'API_TOKEN', 'hunter2'), 0, 'API_TOKEN');
    expect(secret.images[0]).toMatchObject({ args: {}, secrets: [{ id: 'api_token', env: 'API_TOKEN' }] });
    expect(dropSecret(secret, 0, 'API_TOKEN').images[0]?.secrets).toEqual([]);
  });

  it('offers a variable of the first service once', () => {
    const once = asVariable(draft, 'API_TOKEN');
    expect(asVariable(once, 'API_TOKEN').services[0]?.environment.filter((e) => e.name === 'API_TOKEN')).toHaveLength(1);
  });

  it('names a new service like no other and takes away only the one that is meant', () => {
    const two = addService(draft);
    expect(two.services.map((s) => s.name)).toEqual(['hello', 'service-2']);
    expect(removeService(two, 0).services.map((s) => s.name)).toEqual(['service-2']);
  });

  it('names the images that the engine must give, and none where an archive gives them', () => {
    const other = { ...draft, services: [...draft.services, { ...draft.services[0]!, name: 'db', image: 'redis:7' }] };
    expect(unsupplied(draft)).toEqual([]);
    expect(unsupplied(other)).toEqual(['redis:7']);
    expect(unsupplied({ ...other, archives: ['all.tgz'] })).toEqual([]);
  });

  it('never changes the draft that it was given', () => {
    const before = JSON.stringify(draft);
    asSecret(setServiceImage(addService(draft), 0, 'y'), 0, 'Z');
    expect(JSON.stringify(draft)).toBe(before);
  });
});
