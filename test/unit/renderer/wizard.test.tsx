// @vitest-environment jsdom
import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import type { ExtensionDraft } from '../../../shared/extension/draft.ts';
import type { FakeBridge } from '../../fixtures/fake-bridge.ts';
import { archiveReport, draft, engineGone, folderReport } from '../../fixtures/ui-samples.ts';
import { renderApp } from './render-app.tsx';

const primaries = (): HTMLElement[] => screen.getAllByRole('button').filter((b) => b.className.includes('primary'));

/** The draft of the last question for a plan. */
function plannedDraft(bridge: FakeBridge): ExtensionDraft {
  const asked = bridge.asked.findLast((a) => a.name === 'draft.plan');
  if (!asked) throw new Error('no plan was asked for');
  return (asked.request as { draft: ExtensionDraft }).draft;
}

async function openFolder(prepare?: Parameters<typeof renderApp>[0]) {
  const app = renderApp(prepare);
  await app.user.click(await screen.findByRole('button', { name: 'Choose folder…' }));
  await screen.findByRole('navigation', { name: 'Steps' });
  return app;
}

async function toDetails(prepare?: Parameters<typeof renderApp>[0]) {
  const app = await openFolder(prepare);
  await app.user.click(screen.getByRole('button', { name: 'Choose target' }));
  await app.user.click(screen.getByRole('button', { name: 'Continue to details' }));
  await screen.findByRole('textbox', { name: 'Name' });
  return app;
}

describe('the wizard', () => {
  it('shows what was understood of a folder before anything runs', async () => {
    const { bridge } = await openFolder();
    expect(screen.getByText('arm64v8/python:3.10-slim')).toBeDefined();
    expect(screen.getByText('1,284 files')).toBeDefined();
    expect(screen.getByText('48 MB')).toBeDefined();
    expect(bridge.asked.map((a) => a.name)).not.toContain('job.start');
  });

  it('goes from a picked folder to a running build with the keyboard alone', async () => {
    const { bridge, user } = renderApp();
    const pick = await screen.findByRole('button', { name: 'Choose folder…' });
    pick.focus();
    await user.keyboard('{Enter}');
    for (const name of ['Choose target', 'Continue to details', 'Review', /^Build and pack hello-spot 1\.0\.0$/]) {
      const next = await screen.findByRole('button', { name });
      while (document.activeElement !== next) await user.tab();
      await user.keyboard('{Enter}');
    }
    expect(await screen.findByRole('progressbar', { name: 'Overall progress' })).toBeDefined();
    const started = bridge.asked.find((a) => a.name === 'job.start')?.request as { kind: string; request: { source: string } };
    expect(started).toMatchObject({ kind: 'extension.package', request: { source: 'picked-folder' } });
  });

  it('moves focus to the title of each new step', async () => {
    const { user } = await openFolder();
    await user.click(screen.getByRole('button', { name: 'Choose target' }));
    expect(document.activeElement?.tagName).toBe('H1');
  });

  it('has exactly one primary button on every step', async () => {
    const { user } = await openFolder();
    for (const name of ['Choose target', 'Continue to details', 'Review']) {
      expect(primaries()).toHaveLength(1);
      await user.click(screen.getByRole('button', { name }));
    }
    await screen.findByText('Files to be written');
    expect(primaries().map((b) => b.textContent)).toEqual(['Build and pack hello-spot 1.0.0']);
  });

  it('masks build arguments that look secret and warns where their value would end', async () => {
    await openFolder();
    const field = screen.getByLabelText('BOSDYN_CLIENT_PASSWORD');
    expect(field).toHaveProperty('type', 'password');
    expect(document.getElementById(field.getAttribute('aria-describedby') ?? '')?.textContent).toContain('history');
  });

  it('hands a secret over as a build secret by name, with no value in the draft', async () => {
    const { bridge, user } = await openFolder();
    await user.type(screen.getByLabelText('BOSDYN_CLIENT_PASSWORD'), 'hunter2');
    await user.click(screen.getByRole('button', { name: 'Use a build secret' }));
    for (const name of ['Choose target', 'Continue to details', 'Review']) await user.click(await screen.findByRole('button', { name }));
    await screen.findByText('Files to be written');
    const planned = plannedDraft(bridge);
    expect(planned.images[0]?.secrets).toEqual([{ id: 'bosdyn_client_password', env: 'BOSDYN_CLIENT_PASSWORD' }]);
    expect(JSON.stringify(planned)).not.toContain('hunter2');
  });

  it('marks a wrong name as it is typed and ties the reason to the field', async () => {
    const { user } = await toDetails();
    const name = screen.getByRole('textbox', { name: 'Name' });
    expect(name.getAttribute('aria-invalid')).toBeNull();
    await user.type(name, ' x');
    expect(name.getAttribute('aria-invalid')).toBe('true');
    expect(document.getElementById(name.getAttribute('aria-describedby') ?? '')?.textContent).toMatch(/letters|digits/i);
    await user.clear(name);
    await user.type(name, 'fine');
    expect(name.getAttribute('aria-invalid')).toBeNull();
  });

  it('sends the person to the first wrong field instead of building', async () => {
    const { bridge, user } = await toDetails();
    await user.type(screen.getByRole('textbox', { name: 'Name' }), ' !');
    await user.click(screen.getByRole('button', { name: 'Fix 1 problem' }));
    expect(document.activeElement).toBe(screen.getByRole('textbox', { name: 'Name' }));
    expect(bridge.asked.map((a) => a.name)).not.toContain('job.start');
  });

  it('moves and chooses among targets with the arrow keys, and the platform follows', async () => {
    const { user } = await openFolder();
    await user.click(screen.getByRole('button', { name: 'Choose target' }));
    const group = screen.getByRole('radiogroup', { name: 'Target' });
    within(group)
      .getByRole('radio', { name: /Spot CORE/ })
      .focus();
    await user.keyboard('{ArrowRight}');
    const orbit = within(group).getByRole('radio', { name: /Orbit/ });
    expect(orbit.getAttribute('aria-checked')).toBe('true');
    expect(document.activeElement).toBe(orbit);
    expect(screen.getByText('Platform linux/amd64')).toBeDefined();
    expect(
      within(group)
        .getAllByRole('radio')
        .filter((r) => r.tabIndex === 0),
    ).toHaveLength(1);
  });

  it('lets the built tag follow the image of its service', async () => {
    const { bridge, user } = await toDetails();
    const image = screen.getByRole('textbox', { name: 'Image tag' });
    await user.clear(image);
    await user.type(image, 'other:2');
    await user.click(screen.getByRole('button', { name: 'Review' }));
    await screen.findByText('Files to be written');
    const planned = plannedDraft(bridge);
    expect([planned.images[0]?.tag, planned.services[0]?.image]).toEqual(['other:2', 'other:2']);
  });

  it('adds and removes ports and keeps focus in the list', async () => {
    const { user } = await toDetails();
    await user.click(screen.getByRole('button', { name: 'Add port' }));
    await waitFor(() => expect(document.activeElement).toBe(screen.getAllByLabelText('Port on the target')[1]));
    await user.click(screen.getByRole('button', { name: 'Remove port 2' }));
    expect(screen.getAllByLabelText('Port on the target')).toHaveLength(1);
  });

  it('packs a saved archive without speaking of building', async () => {
    const { user } = await openFolder((b) => {
      b.answers['source.inspect'] = () => archiveReport;
    });
    expect(screen.getByText('It is packed as it is; nothing is built.')).toBeDefined();
    for (const name of ['Choose target', 'Continue to details', 'Review']) await user.click(await screen.findByRole('button', { name }));
    expect(await screen.findByRole('button', { name: 'Pack hello-spot 1.0.0' })).toBeDefined();
  });

  it('refuses to go on while a check of the plan is an error', async () => {
    const { user } = await toDetails((b) => {
      b.answers['draft.plan'] = () => ({
        changes: [],
        findings: [{ id: 'x', severity: 'error', file: 'manifest.json', line: 3, message: 'images names an archive that is not there.' }],
      });
    });
    await user.click(screen.getByRole('button', { name: 'Review' }));
    expect(await screen.findByText(/images names an archive/)).toBeDefined();
    expect(primaries().map((b) => b.textContent)).toEqual(['Check again']);
  });

  it('says why a source is not taken and keeps the drop zone', async () => {
    const { user } = renderApp((b) => {
      b.answers['source.inspect'] = () => ({ code: 'FOLDER_EMPTY', message: 'There is nothing in empty-folder.' });
    });
    await user.click(await screen.findByRole('button', { name: 'Choose folder…' }));
    expect((await screen.findByRole('alert')).textContent).toContain('There is nothing in empty-folder.');
    expect(screen.getByRole('button', { name: 'Choose folder…' })).toBeDefined();
  });

  it('asks before a drop replaces a draft with changes', async () => {
    const { user } = await toDetails();
    await user.type(screen.getByRole('textbox', { name: 'Name' }), '2');
    const file = new File(['FROM scratch'], 'Dockerfile');
    fireEvent.drop(window, { dataTransfer: { types: ['Files'], files: [file] } });
    const dialog = await screen.findByRole('dialog');
    await user.click(within(dialog).getByRole('button', { name: 'Keep hello-spot' }));
    expect(screen.getByRole('textbox', { name: 'Name' })).toHaveProperty('value', 'hello-spot2');
  });

  it('keeps the draft while another page is visited', async () => {
    const { user } = await toDetails();
    await user.type(screen.getByRole('textbox', { name: 'Name' }), '-x');
    await user.click(screen.getByRole('button', { name: 'Settings' }));
    await screen.findByRole('heading', { name: 'Settings' });
    await user.click(screen.getByRole('button', { name: 'Extensions' }));
    await user.click(await screen.findByRole('button', { name: 'Continue' }));
    expect(await screen.findByRole('textbox', { name: 'Name' })).toHaveProperty('value', 'hello-spot-x');
  });

  it('leads to the doctor instead of a build that cannot begin', async () => {
    const { bridge, user } = await toDetails((b) => {
      b.answers['engine.status'] = () => engineGone;
    });
    await user.click(screen.getByRole('button', { name: 'Review' }));
    await screen.findByText('Building needs a container engine');
    expect(primaries().map((b) => b.textContent)).toEqual(['See what is missing']);
    await user.click(screen.getByRole('button', { name: 'See what is missing' }));
    await screen.findByRole('heading', { name: 'Doctor' });
    expect(bridge.asked.map((a) => a.name)).not.toContain('job.start');
  });

  it('opens the folded part that holds a wrong value and keeps it open while it is mended', async () => {
    const { user } = await toDetails();
    await user.click(screen.getByRole('button', { name: /^Running/ }));
    const memory = screen.getByRole('textbox', { name: 'Memory limit' });
    await user.clear(memory);
    await user.type(memory, '5 cats');
    expect(memory.getAttribute('aria-invalid')).toBe('true');
    await user.click(screen.getByRole('button', { name: /^Running/ }));
    await user.clear(memory);
    await user.type(memory, '1g');
    expect(document.activeElement).toBe(memory);
    expect(memory.getAttribute('aria-invalid')).toBeNull();
  });

  it('shows the icon that the source has', async () => {
    await toDetails((b) => {
      b.answers['source.inspect'] = () => ({ ...folderReport, iconPreview: 'data:image/png;base64,cG5n' });
    });
    expect(screen.getByRole('img', { name: 'Icon of the extension' }).getAttribute('src')).toBe('data:image/png;base64,cG5n');
  });

  it('warns when the engine cannot run the platform', async () => {
    const { user } = await openFolder((b) => {
      const ready = b.answers['engine.status']({ fresh: false });
      if (!('state' in ready) || ready.state !== 'ready') throw new Error('sample');
      b.answers['engine.status'] = () => ({ state: 'ready', info: { ...ready.info, platforms: ['linux/amd64'] } });
      b.answers['source.inspect'] = () => ({ ...folderReport, draft });
    });
    await user.click(screen.getByRole('button', { name: 'Choose target' }));
    expect(screen.getByText('This computer cannot run linux/arm64 programs yet')).toBeDefined();
  });
});
