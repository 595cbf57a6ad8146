// @vitest-environment jsdom
import { act, fireEvent, screen, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { installNonce } from '../../../renderer/csp-nonce.ts';
import { useNav } from '../../../renderer/stores/nav.ts';
import { archive, doctorBroken, engineGone, NOW, spxReport } from '../../fixtures/ui-samples.ts';
import { renderApp } from './render-app.tsx';

const files = (file: File) => ({ dataTransfer: { types: ['Files'], files: [file], dropEffect: 'none' } });

describe('the window', () => {
  it('says so while a file is held above it, and opens what is dropped anywhere', async () => {
    const { bridge } = renderApp();
    await screen.findByText('Drop a Dockerfile or a folder');
    const file = new File(['FROM scratch'], 'Dockerfile');
    fireEvent.dragEnter(window, files(file));
    expect(screen.getByText('Let go to open it')).toBeDefined();
    fireEvent.drop(window, files(file));
    expect(await screen.findByRole('navigation', { name: 'Steps' })).toBeDefined();
    expect(bridge.asked).toContainEqual({ name: 'grant', request: 'Dockerfile' });
  });

  it('takes the sign away when the file is carried off again', async () => {
    renderApp();
    await screen.findByText('Drop a Dockerfile or a folder');
    const file = new File([''], 'x');
    fireEvent.dragEnter(window, files(file));
    fireEvent.dragLeave(window, files(file));
    expect(screen.queryByText('Let go to open it')).toBeNull();
  });

  it('says in words that a dropped thing is not a file of this computer', async () => {
    const { bridge } = renderApp();
    await screen.findByText('Drop a Dockerfile or a folder');
    bridge.grantFile = async () => ({ ok: false, error: { code: 'FILE_NOT_LOCAL', message: 'picture.png has no path on this computer.' } });
    fireEvent.drop(window, files(new File([''], 'picture.png')));
    expect((await screen.findByRole('alert')).textContent).toContain('Not a file on this computer');
  });

  it('opens an .spx to look inside', async () => {
    renderApp((b) => {
      b.answers['source.inspect'] = () => spxReport;
    });
    await screen.findByText('Drop a Dockerfile or a folder');
    fireEvent.drop(window, files(new File([''], 'hello-spot-1.0.0.spx')));
    const contents = await screen.findByRole('table', { name: 'Contents' });
    expect(within(contents).getByText('docker-compose.yml')).toBeDefined();
    expect(screen.getByText('Says hello and shows the battery.')).toBeDefined();
  });

  it('names the programs of an image that were built for another processor', async () => {
    const [first] = archive.images;
    if (!first || !spxReport.package) throw new Error('sample');
    const foreign = [{ path: 'usr/bin/detector', machine: 'x86-64', expected: 'AArch64', layer: 'sha256:cc', createdBy: 'COPY detector /usr/bin/' }];
    const pack = { ...spxReport.package, archives: [{ name: 'a.tgz', report: { ...archive, images: [{ ...first, foreign }] } }] };
    renderApp((b) => {
      b.answers['source.inspect'] = () => ({ ...spxReport, package: pack });
    });
    await screen.findByText('Drop a Dockerfile or a folder');
    fireEvent.drop(window, files(new File([''], 'hello-spot-1.0.0.spx')));
    expect((await screen.findByText(/1 program in it does not run on linux\/arm64/)).closest('[role]')?.textContent).toContain(
      'usr/bin/detector is for x86-64, from COPY detector /usr/bin/',
    );
  });

  it('turns the engine line into the way to the doctor when no engine answers', async () => {
    const { user } = renderApp((b) => {
      b.answers['engine.status'] = () => engineGone;
      b.answers['doctor.run'] = () => doctorBroken;
    });
    await user.click(await screen.findByRole('button', { name: /No container engine/ }));
    expect(await screen.findByText('sudo usermod -aG docker ada')).toBeDefined();
    expect(screen.getByText('Building does not work yet')).toBeDefined();
  });

  it('follows an engine that comes back', async () => {
    const { bridge } = renderApp((b) => {
      b.answers['engine.status'] = () => engineGone;
    });
    await screen.findByRole('button', { name: /No container engine/ });
    const { engineReady } = await import('../../fixtures/ui-samples.ts');
    act(() => bridge.emit({ name: 'engine.changed', value: engineReady }));
    expect(screen.getByRole('button', { name: /Docker 26\.1\.4/ })).toBeDefined();
  });

  it('shows a running job on every page but its own', async () => {
    const { user } = renderApp((b) => b.addJob({ id: 'j', kind: 'extension.package', title: 'hello 1.0.0', status: 'running', startedAt: NOW }));
    await user.click(await screen.findByRole('button', { name: 'Open hello 1.0.0' }));
    await screen.findByRole('progressbar', { name: 'Overall progress' });
    expect(screen.queryByRole('region', { name: 'Running jobs' })).toBeNull();
  });

  it('survives a fault of one page: says so, keeps the rail, and the next page works', async () => {
    const quiet = vi.spyOn(console, 'error').mockImplementation(() => {});
    const { user } = renderApp((b) => {
      b.answers['doctor.run'] = () => ({ os: 'x', ready: true, checks: null }) as never;
    });
    act(() => useNav.getState().go({ page: 'doctor' }));
    expect((await screen.findByRole('alert')).textContent).toContain('Something in Gangway went wrong');
    await user.click(screen.getByRole('button', { name: 'Settings' }));
    expect(await screen.findByRole('heading', { name: 'Settings' })).toBeDefined();
    quiet.mockRestore();
  });

  it('reaches everything by typing, and gives focus back on Escape', async () => {
    const { bridge, user } = renderApp();
    const pick = await screen.findByRole('button', { name: 'Choose folder…' });
    pick.focus();
    await user.keyboard('{Control>}k{/Control}');
    const field = await screen.findByRole('combobox', { name: 'Command' });
    await user.type(field, 'doctor');
    expect(screen.getAllByRole('option')).toHaveLength(1);
    await user.keyboard('{Enter}');
    expect(await screen.findByRole('heading', { name: 'Doctor' })).toBeDefined();
    expect(bridge.asked.map((a) => a.name)).toContain('doctor.run');
    await user.keyboard('{Control>}k{/Control}');
    await screen.findByRole('combobox', { name: 'Command' });
    await user.keyboard('{Escape}');
    expect(screen.queryByRole('combobox', { name: 'Command' })).toBeNull();
  });

  it('moves through what was found with the arrows, round the end', async () => {
    const { user } = renderApp();
    await screen.findByRole('button', { name: 'Choose folder…' });
    await user.click(screen.getByRole('button', { name: 'Search' }));
    const field = await screen.findByRole('combobox', { name: 'Command' });
    await user.type(field, 'theme');
    const chosen = (): string | null => document.getElementById(field.getAttribute('aria-activedescendant') ?? '')?.textContent ?? null;
    expect(chosen()).toContain('Theme of the system');
    await user.keyboard('{ArrowDown}');
    expect(chosen()).toContain('Light theme');
    await user.keyboard('{ArrowUp}{ArrowUp}');
    expect(chosen()).toContain('Dark theme');
  });

  it('opens a source that the system handed over', async () => {
    const { bridge } = renderApp();
    await screen.findByText('Drop a Dockerfile or a folder');
    act(() => bridge.emit({ name: 'source.opened', value: { grantId: 'os', name: 'hello-spot', kind: 'folder' } }));
    expect(await screen.findByRole('navigation', { name: 'Steps' })).toBeDefined();
  });

  it('keeps a recent source that is gone from being pressed, and says that it is gone', async () => {
    renderApp();
    const gone = await screen.findByRole('button', { name: /lidar-mapper/ });
    expect(gone).toHaveProperty('disabled', true);
    expect(gone.textContent).toContain('Not there any more');
  });

  it('applies the theme that is chosen, and gives it back to the system', async () => {
    const { user } = renderApp();
    act(() => useNav.getState().go({ page: 'settings' }));
    const theme = await screen.findByRole('combobox', { name: 'Theme' });
    await user.selectOptions(theme, 'dark');
    expect(document.documentElement.dataset.theme).toBe('dark');
    await user.selectOptions(theme, 'system');
    expect(document.documentElement.dataset.theme).toBeUndefined();
  });
});

describe('the nonce of a load', () => {
  it('is put on every style element that is made later, and on nothing else', () => {
    const page = document.implementation.createHTMLDocument();
    page.head.innerHTML = '<meta name="csp-nonce" content="abc123">';
    expect(installNonce(page)).toBe('abc123');
    expect([page.createElement('style').nonce, page.createElement('div').nonce]).toEqual(['abc123', '']);
  });

  it('is left alone where the page was served without one', () => {
    const page = document.implementation.createHTMLDocument();
    page.head.innerHTML = '<meta name="csp-nonce" content="__CSP_NONCE__">';
    expect(installNonce(page)).toBe('');
  });
});
