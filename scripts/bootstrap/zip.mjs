// Unpacks a zip file with Node's own zlib, since a fresh machine may have no unzip.
import { chmodSync, closeSync, fstatSync, mkdirSync, openSync, readSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import { inflateRawSync } from 'node:zlib';

/**
 * Unpacks the members that `rename` gives a name to, with their permissions. Members are held in memory one at a time.
 * Layout: APPNOTE.TXT 4.3 (end record, central directory, local headers); no zip64, no encryption.
 * @param {string} file path of the .zip
 * @param {string} folder where to write; made where missing
 * @param {(name: string) => string | null} rename path inside `folder`, or null to leave the member out
 */
export function extractZip(file, folder, rename) {
  const fd = openSync(file, 'r');
  try {
    const size = fstatSync(fd).size;
    const tail = read(fd, Math.max(0, size - 65_557), Math.min(size, 65_557));
    const end = tail.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
    if (end < 0) throw new Error(`${file} is not a zip file`);
    const count = tail.readUInt16LE(end + 10);
    const directory = read(fd, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12));
    let at = 0;
    for (let i = 0; i < count; i++) {
      if (directory.readUInt32LE(at) !== 0x02014b50) throw new Error(`${file}: damaged directory`);
      const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => directory.readUInt16LE(at + offset));
      const name = directory.toString('utf8', at + 46, at + 46 + nameLength);
      const target = rename(name);
      if (target !== null && target !== '') {
        const path = resolve(folder, target);
        if (path !== resolve(folder) && !path.startsWith(resolve(folder) + sep)) throw new Error(`${file}: ${name} lies outside`);
        const mode = directory.readUInt16LE(at + 40);
        if (name.endsWith('/')) mkdirSync(path, { recursive: true });
        else write(path, mode, content(fd, directory, at, name));
      }
      at += 46 + nameLength + extraLength + commentLength;
    }
  } finally {
    closeSync(fd);
  }
}

function content(fd, directory, at, name) {
  const method = directory.readUInt16LE(at + 10);
  const packed = directory.readUInt32LE(at + 20);
  const start = directory.readUInt32LE(at + 42);
  const local = read(fd, start, 30);
  const data = read(fd, start + 30 + local.readUInt16LE(26) + local.readUInt16LE(28), packed);
  if (method === 0) return data;
  if (method === 8) return inflateRawSync(data);
  throw new Error(`${name}: compression ${method} is not known`);
}

function write(path, mode, data) {
  mkdirSync(dirname(path), { recursive: true });
  if ((mode & 0o170000) === 0o120000) return symlinkSync(data.toString('utf8'), path);
  writeFileSync(path, data);
  if (mode & 0o777) chmodSync(path, mode & 0o777);
}

function read(fd, position, length) {
  const buffer = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const got = readSync(fd, buffer, done, length - done, position + done);
    if (got === 0) throw new Error('the zip file ends too early');
    done += got;
  }
  return buffer;
}
