import { describe, expect, it } from 'vitest';
import { checkDraft } from '../../../../shared/extension/draft-checks.ts';
import { memoryBytes } from '../../../../shared/extension/draft-service-checks.ts';
import type { ExtensionDraft, ServiceDraft } from '../../../../shared/extension/draft.ts';

import { fresh, withService } from '../../../fixtures/drafts.ts';

describe('checkDraft', () => {
  const problems = (draft: ExtensionDraft): string[] => checkDraft(draft).map((problem) => `${problem.severity} ${problem.field}`);
  const extension = (part: Partial<ExtensionDraft['extension']>): string[] => {
    const draft = fresh();
    return problems({ ...draft, extension: { ...draft.extension, description: 'd', ...part } });
  };

  it.each([
    [{ name: 'my bot' }, ['error extension.name']],
    [{ name: 'xcoreio' }, ['error extension.name']],
    [{ name: 'Bot' }, ['hint extension.name']],
    [{ name: '' }, ['error extension.name']],
    [{ version: '1' }, ['hint extension.version']],
    [{ version: 'one' }, ['error extension.version']],
    [{ version: '' }, ['error extension.version']],
    [{ description: ' ' }, ['hint extension.description']],
    [{ icon: '../i.png' }, ['error extension.icon']],
    [{ icon: 'i.svg' }, ['warning extension.icon']],
    [{ icon: 'i.jpg' }, []],
  ])('judges the extension %j as %j', (part, expected) => {
    expect(extension(part)).toEqual(expected);
  });

  const port = (host: string, container = '21000', protocol: 'tcp' | 'udp' = 'tcp'): { host: string; container: string; protocol: 'tcp' | 'udp' } => ({
    host,
    container,
    protocol,
  });
  it.each<[Partial<ServiceDraft>, string[]]>([
    [{ name: 'a b' }, ['error services.0.name']],
    [{ image: 'Bot:1' }, ['error services.0.image', 'warning images.0.tag']],
    [{ image: '' }, ['error services.0.image', 'warning images.0.tag']],
    [{ ports: [port('0')] }, ['error services.0.ports.0.host']],
    [{ ports: [port('65536')] }, ['error services.0.ports.0.host']],
    [{ ports: [port('8080')] }, ['warning services.0.ports.0.host']],
    [{ ports: [port('127.0.0.1:8080')] }, []],
    [{ ports: [port('21443')] }, ['error services.0.ports.0.host']],
    [{ ports: [port('21443', '1', 'udp')] }, []],
    [{ ports: [port('21000'), port('21000', '5')] }, ['error services.0.ports.1.host']],
    [{ ports: [port('21000'), port('21000', '5', 'udp')] }, []],
    [{ ports: [port('21000-21010', '1-11'), port('21005')] }, ['error services.0.ports.1.host']],
    [{ ports: [port('21000', '')] }, ['error services.0.ports.0.container']],
    [{ ports: [port('')] }, ['warning services.0.ports.0.host']],
    [{ ports: [port('${P}', '${P}')] }, []],
    [{ networkMode: 'host', ports: [port('80', '80')] }, ['hint services.0.networkMode']],
    [{ volumes: [{ source: './a', target: 'b', readOnly: false }] }, ['error services.0.volumes.0.target']],
    [{ volumes: [{ source: 'C:\\a', target: '/b', readOnly: false }] }, ['error services.0.volumes.0.source']],
    [{ volumes: [{ source: '../a', target: '/b', readOnly: false }] }, ['error services.0.volumes.0.source']],
    [{ volumes: [{ source: 'a b', target: '/b', readOnly: false }] }, ['error services.0.volumes.0.source']],
    [{ volumes: [{ source: 'a', target: '/b', readOnly: false }] }, ['error services.0.volumes.0.source']],
    [
      {
        environment: [
          { name: '1A', value: '' },
          { name: 'B', value: '' },
          { name: 'B', value: '' },
        ],
      },
      ['error services.0.environment.0.name', 'error services.0.environment.2.name'],
    ],
    [{ environment: [{ name: 'BOSDYN_CLIENT_PASSWORD', value: 'x' }] }, ['warning services.0.environment.0.value']],
    [{ environment: [{ name: 'BOSDYN_CLIENT_PASSWORD', value: '${PW}' }] }, []],
    [{ devices: [{ host: '/dev/ttyUSB0', container: '' }] }, ['warning services.0.devices.0.host']],
    [{ devices: [{ host: '/dev/video1', container: 'v' }] }, ['warning services.0.devices.0.host', 'error services.0.devices.0.container']],
    [{ devices: [{ host: '/dev/serial/by-id/x', container: '/dev/x' }] }, []],
    [{ memoryLimit: '512' }, ['error services.0.memoryLimit']],
    [{ memoryLimit: 'lots' }, ['error services.0.memoryLimit']],
    [{ memoryLimit: '' }, ['hint services.0.memoryLimit']],
    [{ memoryLimit: '1.5GB' }, []],
  ])('judges the service %j as %j', (part, expected) => {
    const draft = withService(part);
    expect(problems({ ...draft, extension: { ...draft.extension, description: 'd' } })).toEqual(expected);
  });

  it('knows the target: platform, GPU, file name', () => {
    const draft = withService({ gpu: true });
    const described = { ...draft, extension: { ...draft.extension, description: 'd' } };
    expect(problems({ ...described, platform: 'linux/amd64' })).toContain('error platform');
    expect(problems({ ...described, target: 'raspberry-pi-64' })).toEqual(['error services.0.gpu']);
    expect(problems({ ...fresh(), target: 'orbit', platform: 'linux/amd64', output: 'a_b.spx' })).toContain('warning output');
  });

  it('never shows the value of a secret', () => {
    expect(JSON.stringify(checkDraft(withService({ environment: [{ name: 'BOSDYN_CLIENT_PASSWORD', value: 'hunter2' }] })))).not.toContain('hunter2');
  });

  it('reads memory as Compose does', () => {
    expect([memoryBytes('1k'), memoryBytes('2 MB'), memoryBytes('1GiB'), memoryBytes('7'), memoryBytes('-1'), memoryBytes('m')]).toEqual([
      1024,
      2 * 1024 ** 2,
      1024 ** 3,
      7,
      null,
      null,
    ]);
  });
});
