import { describe, expect, it } from 'vitest';
import type { CheckInput } from '../../../../shared/checks/rule.ts';
import { applyRule } from '../../../../shared/checks/rule.ts';
import { RULES } from '../../../../shared/checks/rules.ts';
import { parseDockerfile } from '../../../../shared/docker/dockerfile.ts';
import { parseCompose, parseDotEnv } from '../../../../shared/extension/compose.ts';
import { parseManifest } from '../../../../shared/extension/manifest.ts';
import { applyFixes } from '../../../../shared/checks/apply-fixes.ts';
import { parseUdev } from '../../../../shared/extension/udev.ts';
import type { ArchiveImage } from '../../../../shared/docker/archive.ts';

/** Sources in short: `s` lines of the service "app", `c` a whole compose file, `m` keys of the manifest. */
interface Sources { s?: string; c?: string; m?: string; udev?: string | null; env?: string; docker?: string; target?: CheckInput['target']; archives?: CheckInput['archives']; files?: string[]; image?: Partial<ArchiveImage>; format?: 'oci-layout' }
/** The line of the finding (undefined: a file without lines), the sources that it is found in, valid neighbours, and what the fix makes of the text. */
interface Case { line: number | undefined; fires: Sources; silent: Sources[]; fixed?: string }

function input({ s, c, m, udev, env, docker, target = 'spot-core-io', archives, files, image, format }: Sources): CheckInput {
  const compose = c ?? (s === undefined ? undefined : `services:\n  app:\n    image: app:1\n${s.split('\n').map((line) => `    ${line}\n`).join('')}`);
  const whole: ArchiveImage = { id: 'sha256:0', tags: ['app:1'], os: 'linux', architecture: 'arm64', size: 1e6, diffIds: [], layers: [], env: [], entrypoint: ['/app'], cmd: [], user: '1000', ...image };
  return {
    target, manifest: m === undefined ? null : parseManifest(`{\n${m}\n}`, 'manifest.json'), compose: compose === undefined ? null : parseCompose(compose, 'docker-compose.yml'),
    ...(udev !== undefined && { udev: udev === null ? null : parseUdev(udev, 'my.rules') }), ...(env !== undefined && { envFiles: [{ file: '.env', text: env }], variables: parseDotEnv(env) }),
    ...(docker !== undefined && { dockerfiles: [{ file: 'Dockerfile', parsed: parseDockerfile(docker) }] }), ...(archives && { archives }), ...(files && { files }),
    ...(image && { images: [{ archive: 'app.tgz', format: format ?? 'docker-archive', image: whole }] }),
  };
}

const two = (a: string, b: string): string => `services:\n  a:\n    image: x:1\n    ${a}\n  b:\n    image: y:1\n    ${b}\n`;
const app = (lines: string): string => `services:\n  app:\n    image: app:1\n    ${lines}\n`;

const CASES: Record<string, Case> = {
  'manifest-name-empty': { line: 2, fires: { m: '"extension_name": ""' }, silent: [{ m: '"extension_name": "a"' }, { m: '"version": "1"' }] },
  'manifest-name-characters': { line: 2, fires: { m: '"extension_name": "a b"' }, silent: [{ m: '"extension_name": "A_b-1"' }] },
  'manifest-name-reserved': { line: 2, fires: { m: '"extension_name": "my_coreio"' }, silent: [{ m: '"extension_name": "core_io"' }] },
  'manifest-name-upper-case': { line: 2, fires: { m: '"extension_name": "Ping"' }, silent: [{ m: '"extension_name": "ping"' }] },
  'manifest-name-missing': { line: 1, fires: { m: '"version": "1"' }, silent: [{ m: '"extension_name": "a"' }] },
  'manifest-version-missing': { line: 1, fires: { m: '"icon": "a"' }, silent: [{ m: '"version": "0.1"' }] },
  'manifest-version-format': { line: 2, fires: { m: '"version": "1.0"' }, silent: [{ m: '"version": "1.0.0"' }] },
  'manifest-description-missing': { line: 1, fires: { m: '"icon": "a"' }, silent: [{ m: '"description": "x"' }] },
  'manifest-target-value': { line: 2, fires: { m: '"installation_target": "robot"' }, silent: [{ m: '"installation_target": "orbit"' }] },
  'manifest-target-mismatch': { line: 2, fires: { m: '"installation_target": "orbit"' }, silent: [{ m: '"installation_target": "spot"' }, { m: '"installation_target": "orbit"', target: 'jetson' }] },
  'manifest-key-extension-target': { line: 2, fires: { m: '"extension_target": "orbit"' }, silent: [{ m: '"installation_target": "orbit"' }], fixed: '{\n"installation_target": "orbit"\n}' },
  'manifest-key-unknown': { line: 2, fires: { m: '"udev_rule": "x"' }, silent: [{ m: '"udev_rules": "x", "date": "2025-01-01"' }], fixed: '{\n"udev_rules": "x"\n}' },
  'manifest-date-format': { line: 2, fires: { m: '"date": "today"' }, silent: [{ m: '"date": "2025-06-01T12:00:00.123456"' }] },
  'manifest-placeholder': { line: 2, fires: { m: '"description": "Short description of extension"' }, silent: [{ m: '"description": "Says {{name}} to people"' }] },
  'manifest-images-path': { line: 2, fires: { m: '"images": ["out/a.tgz"]' }, silent: [{ m: '"images": ["a.tar.gz"]' }, { m: '"images": ["path/to/image.tar.gz"]' }], fixed: '{\n"images": ["a.tgz"]\n}' },
  'manifest-saved-path': { line: 3, fires: { m: '"files_to_save": ["a"],\n"directories_to_save": ["../b"]' }, silent: [{ m: '"files_to_save": ["./a", "b/c.json"]' }] },
  'manifest-file-name': { line: 2, fires: { m: '"icon": "/tmp/icon.png"' }, silent: [{ m: '"icon": "./img/icon.png"' }] },
  'manifest-images-not-packed': { line: 2, fires: { m: '"images": ["a.tgz"]', archives: [{ name: 'b.tgz' }] }, silent: [{ m: '"images": ["a.tgz"]', archives: [{ name: 'a.tgz' }] }, { m: '"images": ["a.tgz"]' }] },
  'manifest-images-not-listed': { line: 2, fires: { m: '"images": []', archives: [{ name: 'b.tgz' }] }, silent: [{ m: '"images": ["b.tgz"]', archives: [{ name: 'b.tgz' }] }] },
  'compose-key-unknown': { line: 4, fires: { s: 'enviroment: [A=1]' }, silent: [{ s: 'x-own: 1\nenvironment: [A=1]\ngpus: all' }, { c: 'x-a: 1\nname: n\nservices: {a: {image: b}}' }], fixed: app('environment: [A=1]') },
  'compose-name-characters': { line: 2, fires: { c: 'services:\n  my app:\n    image: x\n' }, silent: [{ c: 'services:\n  my.app_1-a:\n    image: x\n' }] },
  'compose-key-text': { line: 4, fires: { s: 'labels: {1: a}' }, silent: [{ s: 'labels: {"1": a}' }], fixed: app('labels: {"1": a}') },
  'compose-value-type': { line: 4, fires: { s: 'user: 1000' }, silent: [{ s: 'user: "1000"\ncpus: "0.5"\ntty: "yes"\nmem_limit: 512\nprivileged: ${P}' }], fixed: app('user: "1000"') },
  'compose-value': { line: 4, fires: { s: 'volumes: [{type: bnd, source: /a, target: /b}]' }, silent: [{ s: 'volumes: [{type: bind, source: /a, target: /b}]\noom_score_adj: -1000' }], fixed: app('volumes: [{type: bind, source: /a, target: /b}]') },
  'compose-key-missing': { line: 4, fires: { s: 'volumes: [{source: /a, target: /b}]' }, silent: [{ s: 'ulimits: {nofile: {soft: 1, hard: 2}, core: 0}' }] },
  'compose-volume-undefined': { line: 4, fires: { s: 'volumes: [vol:/v]' }, silent: [{ s: 'volumes: ["./v:/v", "/v:/w", "~/v:/x", "${V}:/y", /z]' }, { c: `${app('volumes: [vol:/v]')}volumes: {vol: }` }, { c: `${app('volumes: [vol:/v]')}include: [more.yml]` }] },
  'compose-network-undefined': { line: 4, fires: { s: 'networks: [n]' }, silent: [{ s: 'networks: [default]' }, { c: `${app('networks: {n: {aliases: [a]}}')}networks: {n: {external: true}}` }] },
  'compose-secret-undefined': { line: 4, fires: { s: 'secrets: [{source: n}]' }, silent: [{ c: `${app('secrets: [n]')}secrets: {n: {file: ./n}}` }] },
  'compose-config-undefined': { line: 4, fires: { s: 'configs: [n]' }, silent: [{ c: `${app('configs: [n]')}configs: {n: {content: x}}` }] },
  'compose-service-undefined': { line: 4, fires: { s: 'depends_on: {ap: {condition: service_started}}' }, silent: [{ c: two('depends_on: [b]', 'network_mode: "service:a"') }, { c: two('links: ["b:alias"]', 'volumes_from: ["a:ro", "container:z"]') }] },
  'compose-dependency-cycle': { line: 7, fires: { c: two('depends_on: [b]', 'depends_on: [a]') }, silent: [{ c: two('depends_on: [b]', 'restart: always') }] },
  'compose-source-none': { line: 6, fires: { c: `${app('secrets: [s]')}secrets:\n  s: {}\n` }, silent: [{ c: `${app('secrets: [s]')}secrets: {s: {environment: S}}` }, { c: `${app('secrets: [s]')}secrets: {s: {external: true}}` }] },
  'compose-network-mode-networks': { line: 4, fires: { s: 'network_mode: host\nnetworks: [default]' }, silent: [{ s: 'network_mode: host\nnetworks: []' }] },
  'compose-size': { line: 4, fires: { s: 'mem_limit: 512megs' }, silent: [{ s: 'mem_limit: 1.5 GiB\nshm_size: 64mb\nmemswap_limit: -1\nmem_reservation: ${M:-1g}' }] },
  'compose-duration': { line: 4, fires: { s: 'stop_grace_period: 1m 30s' }, silent: [{ s: 'stop_grace_period: 1.5h\nhealthcheck: {test: NONE, interval: 1m30s}' }] },
  'compose-number': { line: 4, fires: { s: 'cpus: two' }, silent: [{ s: 'cpus: "1.5"' }] },
  'compose-extra-host': { line: 4, fires: { s: 'extra_hosts: [robot]' }, silent: [{ s: 'extra_hosts: ["robot:192.168.50.3", "a=::1"]' }] },
  'compose-port-syntax': { line: 4, fires: { s: 'ports: ["21000:80/tpc"]' }, silent: [{ s: 'ports: ["[::1]:21000:80", "21001:80/UDP", "21002-21003:80-81", 21004, "127.0.0.1::80"]' }] },
  'compose-volume-syntax': { line: 4, fires: { s: 'volumes: ["./a:b"]' }, silent: [{ s: 'volumes: ["./a:/b", /c, "C:\\\\a:/d"]' }] },
  'compose-mount-twice': { line: 4, fires: { s: 'volumes: ["./a:/b", "./c:/b/"]' }, silent: [{ s: 'volumes: ["./a:/b", "./c:/b/c"]' }] },
  'compose-healthcheck-test': { line: 4, fires: { s: 'healthcheck: {test: [curl, x]}' }, silent: [{ s: 'healthcheck: {test: [CMD-SHELL, x]}' }, { s: 'healthcheck: {test: curl x}' }], fixed: app('healthcheck: {test: ["CMD", curl, x]}') },
  'compose-restart-value': { line: 4, fires: { s: 'restart: alwyas' }, silent: [{ s: 'restart: on-failure:3' }, { s: 'restart: no' }, { s: 'restart: "no"' }] },
  'compose-memory-limits-differ': { line: 4, fires: { s: 'mem_limit: 1g\ndeploy: {resources: {limits: {memory: 2g}}}' }, silent: [{ s: 'mem_limit: 1g\ndeploy: {resources: {limits: {memory: 1024m}}}' }] },
  'compose-container-name-twice': { line: 7, fires: { c: two('container_name: n1', 'container_name: n1') }, silent: [{ c: two('container_name: n1', 'container_name: n2') }] },
  'compose-variable-unset': { line: 4, fires: { s: 'command: ${X:?say}' }, silent: [{ s: 'command: ${X}', env: 'X=1' }, { s: 'command: ${X:-1} $$Y' }] },
  'compose-variable-syntax': { line: 4, fires: { s: 'command: "5$ each"' }, silent: [{ s: 'command: "5$$ each"' }] },
  'compose-credentials': { line: 4, fires: { s: 'environment: [BOSDYN_CLIENT_PASSWORD=x]' }, silent: [{ s: 'environment: [BOSDYN_CLIENT_PASSWORD, "BOSDYN_CLIENT_USERNAME={USER}"]' }] },
  'compose-placeholder': { line: 4, fires: { s: 'command: --bucket {BUCKET}' }, silent: [{ s: `command: '{"a": 1} {{.Name}} \${X:-y}'` }] },
  'compose-image-reference': { line: 3, fires: { c: 'services:\n  app:\n    image: App\n' }, silent: [{ c: 'services: {a: {image: "h:5000/a/b:1@sha256:0123456789012345678901234567890123456789012345678901234567890123"}}' }, { c: 'services: {a: {image: "{image}:1"}}' }] },
  'compose-image-none': { line: 2, fires: { c: 'services:\n  app:\n    restart: always\n' }, silent: [{ c: 'services:\n  app:\n    extends: {file: a.yml, service: b}\n' }] },
  'compose-image-not-packed': { line: 3, fires: { s: 'restart: always', archives: [{ name: 'a', tags: ['app:2'] }] }, silent: [{ s: 'restart: always', archives: [{ name: 'a', tags: ['docker.io/library/app:1'] }] }] },
  'archive-image-unused': { line: undefined, fires: { s: 'restart: always', archives: [{ name: 'a', tags: ['app:1', 'b:1'] }] }, silent: [{ s: 'restart: always', archives: [{ name: 'a', tags: ['app:1'] }] }] },
  'compose-port-number': { line: 4, fires: { s: 'ports: ["70000:80"]' }, silent: [{ s: 'ports: ["0:80", "21000:80"]' }] },
  'compose-port-reserved': { line: 4, fires: { s: 'ports: ["21443:80"]' }, silent: [{ s: 'ports: ["21443:80/udp"]' }, { s: 'ports: ["21443:80"]', target: 'orbit' }] },
  'compose-port-range': { line: 4, fires: { s: 'ports: ["8080:80"]' }, silent: [{ s: 'ports: ["127.0.0.1:8080:80", "22000:80"]' }, { s: 'ports: ["8080:80"]', target: 'jetson' }] },
  'compose-ports-host-network': { line: 5, fires: { s: 'network_mode: host\nports: ["21000:80"]' }, silent: [{ s: 'network_mode: host\nexpose: ["80"]' }] },
  'compose-device-unstable': { line: 4, fires: { s: 'devices: ["/dev/ttyUSB0:/dev/ttyUSB0"]' }, silent: [{ s: 'devices: ["/dev/gps:/dev/ttyUSB0", /dev/ttyAMA0, "${DEV}:/dev/ttyUSB0", /dev/serial/by-id/usb-x]' }] },
  'compose-device-missing-path': { line: 4, fires: { s: 'devices: [ttyUSB0]' }, silent: [{ s: 'devices: ["nvidia.com/gpu=all", /dev/snd]' }] },
  'compose-cgroup-rules-version': { line: 5, fires: { c: `version: "3.8"\n${app('device_cgroup_rules: ["c 188:* rmw"]')}` }, silent: [{ s: 'device_cgroup_rules: ["c 188:* rmw"]' }, { c: `version: "2.4"\n${app('device_cgroup_rules: ["c 188:* rmw"]')}`, target: 'ifm-ovp80x' }] },
  'compose-cgroup-rules-syntax': { line: 4, fires: { s: 'device_cgroup_rules: ["c 188 rmw"]' }, silent: [{ s: 'device_cgroup_rules: ["c 188:* rmw", "a *:* rwm", "b 8:0 r"]' }] },
  'compose-port-twice': { line: 7, fires: { c: two('ports: ["21000:80"]', 'ports: ["21000:81"]') }, silent: [{ c: two('ports: ["21000:80", "21000:80/udp"]', 'ports: ["21001:80"]') }, { c: two('ports: ["127.0.0.1:21000:80"]', 'ports: ["192.168.50.5:21000:80"]') }] },
  'compose-port-chosen': { line: 4, fires: { s: 'ports: ["21000"]' }, silent: [{ s: 'ports: ["127.0.0.1::21000"]' }, { s: 'ports: ["21000"]', target: 'jetson' }] },
  'compose-memory-limit': { line: 2, fires: { s: 'restart: always' }, silent: [{ s: 'mem_limit: 1g' }, { s: 'deploy: {resources: {limits: {memory: 1g}}}' }, { s: 'restart: always', target: 'generic-ssh' }, { s: 'mem_limt: 1g' }] },
  'compose-oom-score': { line: 2, fires: { s: 'mem_limit: 1g' }, silent: [{ s: 'mem_limit: 1g\noom_score_adj: 500' }, { s: 'restart: always' }], fixed: `services:\n  app:\n    image: app:1\n    oom_score_adj: 1000\n    mem_limit: 1g\n` },
  'compose-restart-missing': { line: 2, fires: { s: 'init: true' }, silent: [{ s: 'restart: "no"' }, { s: 'profiles: [debug]' }, { s: 'restrat: always' }, { c: two('depends_on: {b: {condition: service_completed_successfully}}\n    restart: always', 'init: true') }], fixed: `services:\n  app:\n    image: app:1\n    restart: unless-stopped\n    init: true\n` },
  'compose-privileged': { line: 4, fires: { s: 'privileged: true' }, silent: [{ s: 'privileged: false\ncap_add: [NET_ADMIN]' }] },
  'compose-platform-incomplete': { line: 4, fires: { s: 'platform: linux' }, silent: [{ s: 'platform: linux/arm64' }] },
  'compose-platform-mismatch': { line: 4, fires: { s: 'platform: linux/amd64' }, silent: [{ s: 'platform: linux/arm64/v8' }, { s: 'platform: linux' }, { s: 'platform: linux/amd64', target: 'orbit' }] },
  'compose-log-size': { line: 4, fires: { s: 'logging: {driver: json-file}' }, silent: [{ s: 'logging: {driver: json-file, options: {max-size: 10m}}' }, { s: 'logging: {driver: journald}' }, { s: 'logging: {driver: none}' }] },
  'compose-gpu': { line: 4, fires: { s: 'runtime: nvidia', target: 'orbit' }, silent: [{ s: 'deploy: {resources: {reservations: {devices: [{driver: nvidia, capabilities: [gpu]}]}}}' }, { s: 'runtime: nvidia', target: 'ifm-ovp80x' }, { s: 'gpus: all', target: 'jetson' }] },
  'compose-build-on-robot': { line: 5, fires: { s: 'build: .\npull_policy: build' }, silent: [{ s: 'build: .' }, { s: 'pull_policy: never' }] },
  'compose-image-latest': { line: 3, fires: { c: 'services:\n  a:\n    image: h:5000/a\n' }, silent: [{ s: 'restart: always' }, { c: 'services: {a: {image: "a@sha256:0123456789012345678901234567890123456789012345678901234567890123"}}' }] },
  'compose-credentials-missing': { line: 4, fires: { s: 'command: --payload-credentials-file /creds/x' }, silent: [{ s: 'command: [--payload-credentials-file, /creds/x]\nvolumes: ["/opt/payload_credentials:/creds"]' }, { s: 'command: --payload-credentials-file "${F}"' }] },
  'compose-credentials-reversed': { line: 4, fires: { s: 'volumes: ["/creds/:/opt/payload_credentials/"]' }, silent: [{ s: 'volumes: ["/opt/payload_credentials:/opt/payload_credentials:ro"]' }], fixed: app('volumes: ["/opt/payload_credentials/:/creds/"]') },
  'compose-credentials-writable': { line: 4, fires: { s: 'volumes: ["/opt/payload_credentials:/creds"]' }, silent: [{ s: 'volumes: ["/opt/payload_credentials:/creds:ro", {type: bind, source: /opt/payload_credentials, target: /c, read_only: true}]' }], fixed: app('volumes: ["/opt/payload_credentials:/creds:ro"]') },
  'compose-credentials-absent': { line: 4, fires: { s: 'volumes: ["/opt/payload_credentials:/creds:ro"]', target: 'orbit' }, silent: [{ s: 'volumes: ["/opt/payload_credentials:/creds:ro"]' }] },
  'compose-volume-lost': { line: 4, fires: { m: '"extension_name": "e"', s: 'volumes: ["/data/.extensions/e/log:/log"]', files: [] }, silent: [{ m: '"extension_name": "e", "directories_to_save": ["log"]', s: 'volumes: ["./log/today:/log"]', files: [] }, { m: '"extension_name": "e"', s: 'volumes: ["./model:/m", "/data/.extensions/other/x:/x", "/data/logs:/logs", "./new:/n:ro"]', files: ['model/a.bin'] }] },
  'compose-secret-value': { line: 4, fires: { s: 'environment: {API_TOKEN: 9f8e7d6c}' }, silent: [{ s: 'environment: {API_TOKEN: "${API_TOKEN}", TOKEN_FILE: /run/secrets/t, TOKEN_TTL: 3600, PASSWORD: "", SECRET: YOUR_SECRET, USE_TOKEN: "true"}' }] },
  'compose-secret-argument': { line: 4, fires: { s: 'command: --user a --password hunter2' }, silent: [{ s: 'command: --password-file /x --token ${T}' }] },
  'compose-build-secret': { line: 4, fires: { s: 'build: {context: ., args: {API_TOKEN: abc}}' }, silent: [{ s: 'build: {context: ., args: [API_TOKEN, "VERSION=1"]}' }] },
  'env-file-secret': { line: 2, fires: { env: '# c\nAPI_TOKEN="9f8e7d"\n' }, silent: [{ env: 'BAUD=1\nAPI_TOKEN=\nTOKEN_FILE=/x\nSECRET=YOUR_SECRET\n#PASSWORD=x' }] },
  'env-file-placeholder': { line: 1, fires: { env: "SECRET = 'YOUR_SECRET'\n" }, silent: [{ env: 'NAME=yours truly\nURL=https://example.com' }] },
  'image-secret': { line: undefined, fires: { image: { layers: [{ diffId: 'd', size: 1, storedSize: 1, createdBy: 'RUN |1 API_TOKEN=abc /bin/sh -c make' }] } }, silent: [{ image: { env: ['PATH=/bin', 'TOKEN_FILE=/x'] } }] },
  'udev-syntax': { line: 1, fires: { udev: 'SUBSYSTEM==usb' }, silent: [{ udev: '# c\n\nSUBSYSTEM=="usb", \\\n  ATTRS{idVendor}=="046d", \\\n  SYMLINK+="a b", RUN+="/bin/sh -c \\"x\\"", ENV{A}="1", TEST{0001}=="x", OPTIONS+="last_rule"\r\n' }] },
  'udev-key-unknown': { line: 2, fires: { udev: '#\nBUS=="usb", SYMLINK+="a"' }, silent: [{ udev: 'KERNEL=="video[0-9]*", ATTR{name}=="PC-LM1E Camera: x", IMPORT{program}="a", PROGRAM=="b", NAME="c", TAG+="uaccess"' }], fixed: '#\nSUBSYSTEMS=="usb", SYMLINK+="a"' },
  'udev-operator': { line: 1, fires: { udev: 'SUBSYSTEM!=="usb"' }, silent: [{ udev: 'ATTR{power/control}="on", ENV{X}=="1", SYMLINK-="a", GROUP:="dialout"' }], fixed: 'SUBSYSTEM!="usb"' },
  'udev-comma-missing': { line: 1, fires: { udev: 'SUBSYSTEM=="usb" MODE="0660"' }, silent: [{ udev: 'SUBSYSTEM=="usb",MODE="0660",\n' }], fixed: 'SUBSYSTEM=="usb", MODE="0660"' },
  'udev-label-missing': { line: 1, fires: { udev: 'KERNEL=="a", GOTO="end"\nLABEL="ende"' }, silent: [{ udev: 'KERNEL=="a", GOTO="end"\nMODE="0660"\nLABEL="end"' }] },
  'udev-empty': { line: 1, fires: { udev: '# nothing\n' }, silent: [{ udev: 'KERNEL=="a"' }, { udev: null }] },
  'udev-mode-world': { line: 1, fires: { udev: 'KERNEL=="a", MODE="0666"' }, silent: [{ udev: 'KERNEL=="a", MODE="0664"' }, { udev: 'KERNEL=="a", MODE:="660"' }] },
  'udev-symlink-twice': { line: 2, fires: { udev: 'KERNEL=="a", SYMLINK+="x"\nKERNEL=="b", SYMLINK+="x"' }, silent: [{ udev: 'KERNEL=="a", SYMLINK+="x%n"\nKERNEL=="b", SYMLINK+="x%n y"' }] },
  'udev-symlink-missing': { line: 4, fires: { s: 'devices: ["/dev/gps:/dev/gps"]', udev: 'KERNEL=="a", SYMLINK+="gps0"' }, silent: [{ s: 'devices: [/dev/gps0, /dev/video2, /dev/snd, "${D}:/dev/x"]', udev: 'KERNEL=="a", SYMLINK+="gps%n"' }, { s: 'devices: [/dev/gps]' }] },
  'udev-symlink-unused': { line: 1, fires: { s: 'restart: always', udev: 'KERNEL=="a", SYMLINK+="gps"' }, silent: [{ s: 'volumes: ["/dev:/host/dev"]', udev: 'KERNEL=="a", SYMLINK+="gps"' }, { s: 'devices: [/dev/gps]', udev: 'KERNEL=="a", SYMLINK+="gps"' }] },
  'udev-not-installed': { line: 1, fires: { udev: 'KERNEL=="a"', target: 'orbit' }, silent: [{ udev: 'KERNEL=="a"' }] },
  'image-command-missing': { line: undefined, fires: { s: 'restart: always', image: { entrypoint: [] } }, silent: [{ s: 'command: run', image: { entrypoint: [] } }, { s: 'restart: always', image: { entrypoint: [], cmd: ['a'] } }] },
  'image-root-user': { line: undefined, fires: { image: { user: '0:0' } }, silent: [{ image: { user: 'app' } }] },
  'image-format-oci': { line: undefined, fires: { image: {}, format: 'oci-layout' }, silent: [{ image: {} }] },
  'image-large': { line: undefined, fires: { image: { size: 9e9 } }, silent: [{ image: { size: 5e9 } }] },
  'dockerfile-base-platform': { line: 2, fires: { docker: 'FROM amd64/python AS b\nFROM amd64/python:3' }, silent: [{ docker: 'FROM --platform=$BUILDPLATFORM amd64/golang AS b\nFROM arm64v8/python\nCOPY --from=b /a /a' }, { docker: 'FROM ghcr.io/amd64/x' }] },
  'dockerfile-jetpack': { line: 1, fires: { docker: 'FROM nvcr.io/nvidia/l4t-tensorflow:r32.7.1-tf2.7-py3' }, silent: [{ docker: 'FROM nvcr.io/nvidia/l4t-base:35.4.1' }, { docker: 'FROM nvcr.io/nvidia/l4t-base:r32.7.1', target: 'ifm-ovp81x' }] },
  'dockerfile-last-counts': { line: 2, fires: { docker: 'FROM a\nCMD a\nCMD b' }, silent: [{ docker: 'FROM a AS x\nCMD a\nFROM a\nCMD b' }] },
  'dockerfile-json-quotes': { line: 2, fires: { docker: "FROM a\nCMD ['python', 'a.py']" }, silent: [{ docker: "FROM a\nRUN [ 'a' = 'b' ] || true\nCMD [\"a\"]" }] },
  'dockerfile-stage-twice': { line: 2, fires: { docker: 'FROM a AS x\nFROM b AS X' }, silent: [{ docker: 'FROM a AS x\nFROM x AS y' }] },
  'dockerfile-maintainer': { line: 2, fires: { docker: 'FROM a\nMAINTAINER b' }, silent: [{ docker: 'FROM a\nLABEL b=c' }] },
};

describe('every rule', () => {
  const checked = RULES.filter((rule) => rule.check);
  it('has a case', () => {
    expect(Object.keys(CASES).sort()).toEqual(checked.map((rule) => rule.id).sort());
  });

  it.each(checked.map((rule) => [rule.id, rule] as const))('%s fires once, in its place', (id, rule) => {
    const findings = applyRule(rule, input(CASES[id]!.fires));
    expect(findings.map((finding) => finding.line)).toEqual([CASES[id]!.line]);
    expect(findings[0]?.message).toMatch(/^\S.{10,}$/s);
  });

  it.each(checked.map((rule) => [rule.id, rule] as const))('%s is silent beside it', (id, rule) => {
    for (const sources of CASES[id]!.silent) expect(applyRule(rule, input(sources)), JSON.stringify(sources)).toEqual([]);
  });

  it.each(Object.entries(CASES).filter(([, one]) => one.fixed !== undefined))('%s mends its own bytes', (id, { fires, fixed }) => {
    const sources = input(fires);
    const [finding] = applyRule(RULES.find((rule) => rule.id === id)!, sources);
    const text = { 'docker-compose.yml': sources.compose?.tree.text, 'manifest.json': sources.manifest?.tree.text, 'my.rules': sources.udev?.text }[finding!.file];
    expect(applyFixes(text ?? '', finding?.fix ? [finding.fix] : []).text).toBe(fixed);
  });
});
