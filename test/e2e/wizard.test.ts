import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFailed, onTestFinished } from 'vitest';
import { drop, launch, type Launched } from './launch.ts';
import {
  docker,
  dockerfileSource,
  emptySource,
  engineAnswers,
  extensionSource,
  runFromPackage,
  type Source,
  spxIn,
  stepRuns,
  tarList,
  tempFiles,
} from './sources.ts';

let run: Launched;
let page: Page;

/** A source that is gone after the test. */
function use(source: Source): Source {
  onTestFailed(() => run.shot(`failed-${source.name}`));
  onTestFinished(() => source.remove());
  return source;
}

const button = (name: string | RegExp): ReturnType<Page['getByRole']> => page.getByRole('button', { name });

/** From a dropped path to the summary, with what was pre-filled. */
async function toSummary(path: string, prefix: string): Promise<void> {
  await drop(page, 'main', [path]);
  await button('Choose target').waitFor();
  await run.shot(`${prefix}-1-source`);
  await button('Choose target').click();
  await page.getByRole('radio', { name: /Spot CORE I\/O/ }).click();
  await run.shot(`${prefix}-2-target`);
  await button('Continue to details').click();
  await page.getByLabel('Name', { exact: true }).first().waitFor();
  await run.shot(`${prefix}-3-details`);
  await button('Review').click();
  await button(/^(Build and pack|Pack) /).waitFor();
  await run.shot(`${prefix}-4-summary`);
}

describe.runIf(engineAnswers())('the wizard, on the real window and the real engine', () => {
  beforeAll(async () => {
    run = await launch();
    page = run.page;
  });
  afterAll(() => run?.close());
  beforeEach(async () => {
    // A page loaded anew holds no draft, about which a drop would ask first.
    await page.reload();
    await page.getByRole('heading', { name: 'Extensions' }).waitFor();
  });

  it('makes a package of a dropped Dockerfile that tar opens and the engine loads and runs as arm64', async () => {
    const source = use(dockerfileSource());
    await toSummary(join(source.folder, 'Dockerfile'), 'dockerfile');
    await button(/^Build and pack /).click();
    await page.getByRole('progressbar', { name: 'Overall progress' }).waitFor();
    await page.getByRole('heading', { name: /is ready$/ }).waitFor({ timeout: 90_000 });
    await run.shot('dockerfile-5-done');
    const spx = spxIn(source.folder);
    expect(
      await page
        .getByText(/^[0-9a-f]{0,64}sha256:|sha256:/)
        .first()
        .isVisible(),
    ).toBe(true);
    const names = tarList(spx);
    expect(names).toContain('manifest.json');
    expect(names).toContain('docker-compose.yml');
    expect(names.every((name) => !name.startsWith('./') && !name.includes('/'))).toBe(true);
    const { loaded, machine } = runFromPackage(spx);
    expect(loaded).toContain(source.name);
    expect(machine).toBe('aarch64');
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  it('packs a dropped extension folder as it is, manifest and compose file untouched', async () => {
    const source = use(extensionSource());
    await toSummary(source.folder, 'extension');
    await button(/^Build and pack /).click();
    await page.getByRole('heading', { name: /is ready$/ }).waitFor({ timeout: 90_000 });
    const spx = spxIn(source.folder);
    expect(tarList(spx)).toEqual(expect.arrayContaining(['manifest.json', 'docker-compose.yml', `${source.name}.tgz`]));
    expect(runFromPackage(spx)).toEqual({ loaded: `${source.name}:2.3.4`, machine: 'aarch64' });
  });

  it('cancels a build that would run for ever within two seconds, without red, and leaves nothing behind', async () => {
    // Under a name of its own, so that the running step can be told from any other process.
    const source = use(dockerfileSource((name) => [`COPY bin/hello /${name}`, `RUN ["/${name}"]`]));
    await toSummary(source.folder, 'cancel');
    await button(/^Build and pack /).click();
    await expect.poll(() => stepRuns(source.name), { timeout: 60_000 }).toBe(true);
    await run.shot('cancel-5-running');
    const start = Date.now();
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await page.getByText('Nothing half-made was left behind', { exact: false }).waitFor({ timeout: 5000 });
    expect(Date.now() - start).toBeLessThan(2500);
    await run.shot('cancel-6-cancelled');
    expect(await page.getByRole('alert').count()).toBe(0);
    await expect.poll(() => stepRuns(source.name), { timeout: 5000 }).toBe(false);
    expect(tempFiles(join(run.folder, 'cache'))).toEqual([]);
    expect(readdirSync(source.folder).filter((name) => /\.(spx|part)/.test(name))).toEqual([]);
    expect(docker('images', '--quiet', '--filter', `reference=${source.name}*`)).toBe('');
  });

  it('shows the step that failed, its line and what to do, and tries again', async () => {
    const source = use(dockerfileSource(['RUN ["/not-there"]']));
    await toSummary(source.folder, 'failure');
    await button(/^Build and pack /).click();
    const alert = page.getByRole('alert').first();
    await alert.waitFor({ timeout: 60_000 });
    await run.shot('failure-5-failed');
    const text = (await alert.textContent())!;
    expect(text).toContain('/not-there');
    expect(text).toMatch(/Dockerfile:4/);
    writeFileSync(join(source.folder, 'Dockerfile'), 'FROM scratch\nCOPY bin/hello /hello\nENTRYPOINT ["/hello"]\n');
    await page
      .getByRole('button', { name: /Try again|Retry|Build again/ })
      .first()
      .click();
    await page.getByRole('heading', { name: /is ready$/ }).waitFor({ timeout: 90_000 });
  });

  it('is left and joined again while it builds, also after the page was loaded anew', async () => {
    const source = use(dockerfileSource(['RUN ["/hello"]']));
    await toSummary(source.folder, 'rejoin');
    await button(/^Build and pack /).click();
    const bar = page.getByRole('progressbar', { name: 'Overall progress' });
    await bar.waitFor();
    await page
      .getByText(/RUN \["\/hello"\]/)
      .first()
      .waitFor({ timeout: 30_000 });
    const before = Number(await bar.getAttribute('aria-valuenow'));
    await page.getByRole('navigation', { name: 'Main' }).getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('region', { name: 'Running jobs' }).getByRole('button').first().click();
    await bar.waitFor();
    expect(Number(await bar.getAttribute('aria-valuenow'))).toBeGreaterThanOrEqual(before);
    await page.reload();
    await page.getByRole('region', { name: 'Running jobs' }).getByRole('button').first().click();
    await bar.waitFor();
    await run.shot('rejoin-5-rejoined');
    expect(Number(await bar.getAttribute('aria-valuenow'))).toBeGreaterThanOrEqual(before);
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await page.getByText('Nothing half-made was left behind', { exact: false }).waitFor({ timeout: 5000 });
    await page.getByRole('button', { name: 'Start again' }).click();
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await page.getByText('Nothing half-made was left behind', { exact: false }).waitFor({ timeout: 5000 });
  });

  it('ends as failed, and can be tried again, when the services crash under it', async () => {
    const source = use(dockerfileSource(['RUN ["/hello"]']));
    await toSummary(source.folder, 'crash');
    await button(/^Build and pack /).click();
    await page
      .getByText(/RUN \["\/hello"\]/)
      .first()
      .waitFor({ timeout: 30_000 });
    await run.app.evaluate(({ app }) => {
      process.kill(app.getAppMetrics().find(({ name }) => name === 'Gangway services')!.pid, 'SIGKILL');
    });
    await page.getByRole('alert').first().waitFor();
    await run.shot('crash-5-ended');
    expect(await page.getByRole('alert').first().textContent()).toContain('services stopped');
    writeFileSync(join(source.folder, 'Dockerfile'), 'FROM scratch\nCOPY bin/hello /hello\nENTRYPOINT ["/hello"]\n');
    await page
      .getByRole('button', { name: /Try again/ })
      .first()
      .click();
    await page.getByRole('heading', { name: /is ready$/ }).waitFor({ timeout: 90_000 });
  });

  it('opens a dropped .spx and shows what it holds, unpacking nothing', async () => {
    const source = use(extensionSource());
    await toSummary(source.folder, 'spx');
    await button(/^Build and pack /).click();
    await page.getByRole('heading', { name: /is ready$/ }).waitFor({ timeout: 90_000 });
    const spx = spxIn(source.folder);
    await page.reload();
    await page.getByRole('heading', { name: 'Extensions' }).waitFor();
    await drop(page, 'main', [spx]);
    await page.getByText(/Spot extension, /).waitFor();
    await page.getByText(`${source.name}.tgz`).first().waitFor();
    await run.shot('spx-opened');
    await page.getByText('linux/arm64').first().waitFor();
  });

  it('packs a dropped image archive without building', async () => {
    const built = use(dockerfileSource());
    docker('build', '--quiet', '--platform', 'linux/arm64', '--tag', `${built.name}:saved`, built.folder);
    const source = use(emptySource());
    const archive = join(source.folder, 'saved.tar');
    docker('save', '--output', archive, `${built.name}:saved`);
    docker('rmi', `${built.name}:saved`);
    await toSummary(archive, 'archive');
    await button(/^Pack /).click();
    await page.getByRole('heading', { name: /is ready$/ }).waitFor({ timeout: 60_000 });
    const spx = spxIn(source.folder);
    expect(runFromPackage(spx)).toMatchObject({ loaded: `${built.name}:saved`, machine: 'aarch64' });
  });

  it('says what is wrong with a drop that it cannot take', async () => {
    const source = use(emptySource());
    await drop(page, 'main', [source.folder]);
    await page.getByRole('alert').first().waitFor();
    await run.shot('refused-empty-folder');
    const text = join(source.folder, 'notes.txt');
    writeFileSync(text, 'nothing to build');
    await drop(page, 'main', [text]);
    await page.getByRole('alert').first().waitFor();
    expect(existsSync(text)).toBe(true);
  });

  it('asked the network for nothing and broke no rule of its policy through all of it', () => {
    expect(run.requests.filter((address) => !/^(app:\/\/gangway\/|data:)/.test(address))).toEqual([]);
    expect(run.errors).toEqual([]);
  });
});
