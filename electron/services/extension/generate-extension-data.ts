import { createReadStream } from 'node:fs';
import path from 'node:path';
import type { ArchiveReport } from '../../../shared/docker/archive.ts';
import { formatPlatform } from '../../../shared/docker/platform.ts';
import { GangwayError } from '../../../shared/errors/codes.ts';
import { legalName } from '../../../shared/extension/manifest.ts';
import { yamlText } from '../../../shared/extension/yaml-scalar.ts';
import { readTextIfAny } from './folder-files.ts';
import { writeFileWhole } from './output-file.ts';
import type { PackageDeps } from './package-deps.ts';
import { assertRegularFile } from './spx-reader.ts';

export interface GenerateRequest {
  image: string;
  description: string;
  version?: string;
  cwd: string;
}

/**
 * `generate_extension_data.py` of the SDK (4.0.0 to 4.1.1): manifest.json and docker-compose.yml for a saved image, into the working folder. Without
 * its faults: the archive is listed by its last name, the tag is the one inside the archive, and the description is escaped.
 * @returns the absolute paths; files that already say the same count as written
 * @throws GangwayError OUTPUT_NOT_WRITABLE where a file of that name says something else
 */
export async function generateExtensionData(
  deps: Pick<PackageDeps, 'readArchive' | 'owner'>,
  request: GenerateRequest,
  signal: AbortSignal,
): Promise<{ files: string[] }> {
  const file = path.resolve(request.cwd, request.image);
  const { size } = await assertRegularFile(file);
  const report = await deps.readArchive(createReadStream(file), size, signal);
  const files = [
    { path: path.join(request.cwd, 'manifest.json'), text: manifestText(path.basename(file), request, report) },
    { path: path.join(request.cwd, 'docker-compose.yml'), text: composeText(report) },
  ];
  const before = await Promise.all(files.map((each) => readTextIfAny(each.path)));
  files.forEach((each, index) => {
    const old = before[index];
    if (old !== null && old !== each.text) {
      throw new GangwayError('OUTPUT_NOT_WRITABLE', `${each.path} is already there and says something else.`, {
        hint: 'Move it away first, or change it by hand.',
        data: { path: each.path },
      });
    }
  });
  for (const each of files) await writeFileWhole(each.path, each.text, deps.owner);
  return { files: files.map((each) => each.path) };
}

function manifestText(archive: string, { description, version }: GenerateRequest, report: ArchiveReport): string {
  const manifest = {
    extension_name: legalName(archive.replace(/\.(tgz|tar\.gz|tar)$/, '')),
    description,
    version: version ?? '0.1.0',
    ...(report.images.every((image) => formatPlatform(image) === 'linux/amd64') && { installation_target: 'orbit' }),
    images: [archive],
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/** One service per image, as the SDK's script writes its only one ("app"). */
function composeText(report: ArchiveReport): string {
  const tags = report.images.map((image) => image.tags[0]).filter((tag) => tag !== undefined);
  if (tags.length === 0) {
    throw new GangwayError('ARCHIVE_INVALID', 'The archive holds no tag, so a compose file cannot name its image.', {
      hint: 'Save it by its tag: docker save NAME:TAG, not by its id.',
    });
  }
  const names = new Set<string>();
  const services = tags.map((tag) => {
    const base = tags.length === 1 ? 'app' : legalName((tag.split('/').pop() ?? tag).replace(/[:@].*$/, ''));
    let name = base;
    for (let count = 2; names.has(name); count += 1) name = `${base}-${count}`;
    names.add(name);
    return `  ${name}:\n    image: ${yamlText(tag)}\n    network_mode: host\n    volumes:\n      - /opt/payload_credentials:/creds\n    restart: unless-stopped\n`;
  });
  return `services:\n${services.join('')}`;
}
