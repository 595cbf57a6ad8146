import type { Dockerfile, DockerfileStage } from '../../docker/dockerfile.ts';
import { TARGETS, type TargetId } from '../../extension/targets.ts';
import type { CheckInput, Found, Rule } from '../rule.ts';

const REFERENCE = 'Dockerfile reference';

type Say = (parsed: Dockerfile, target: TargetId) => { line: number; message: string }[];

const perDockerfile =
  (say: Say): ((input: CheckInput) => Found[]) =>
  ({ dockerfiles, target }) =>
    (dockerfiles ?? []).flatMap(({ file, parsed }) => say(parsed, target).map(({ line, message }) => ({ message, at: { file, line, column: 1 } })));

/** The stages that become part of the image: the last, and those it builds on. Build stages may well be for the builder's own platform. */
function finalStages(parsed: Dockerfile): DockerfileStage[] {
  const chain: DockerfileStage[] = [];
  let at = parsed.stages.at(-1);
  while (at && !chain.includes(at)) {
    chain.push(at);
    at = at.baseStage === undefined ? undefined : parsed.stages[at.baseStage];
  }
  return chain;
}

/** Namespaces of Docker Hub that hold images of one architecture only. */
const NAMESPACES: Record<string, string> = {
  amd64: 'linux/amd64',
  arm64v8: 'linux/arm64',
  arm32v7: 'linux/arm/v7',
  arm32v6: 'linux/arm/v6',
  i386: 'linux/386',
  balenalib: '',
};

/** The L4T release of an NVIDIA base image: "r35.3.1" of "l4t-tensorflow:r35.3.1-tf2.11-py3". */
function l4tOf(base: string): { major: number; text: string } | null {
  const found = /(?:^|\/)l4t-[\w-]+:(?:.*?[-_])?(r(\d{2})\.\d+(?:\.\d+)?)/.exec(base) ?? /(?:^|\/)l4t-(?:base|cuda|jetpack)[\w-]*:()?(\d{2})\.\d/.exec(base);
  return found?.[2] === undefined ? null : { major: Number(found[2]), text: found[1] || `r${found[2]}` };
}

/** L4T releases of a target, newest first; the first is what is there today (reference: SDK documentation; ifm documentation). */
const L4T: Partial<Record<TargetId, { majors: number[]; words: string }>> = {
  'spot-core-io': { majors: [35], words: 'CORE I/O 4.0.0 and newer has JetPack 5.1.2 (L4T r35.4.1); 3.3 had JetPack 4.6.1 (r32.7.1)' },
  'ifm-ovp80x': { majors: [32], words: 'the OVP80x has L4T r32.4.3' },
  'ifm-ovp81x': { majors: [32], words: 'the OVP81x has L4T r32.7' },
};

export const DOCKERFILE_RULES: readonly Rule[] = [
  {
    id: 'dockerfile-base-platform',
    severity: 'warning',
    title: "Base images are for the target's platform",
    source: 'Docker Hub: amd64/, arm64v8/, arm32v7/ hold one architecture each',
    check: perDockerfile((parsed, target) => {
      const wanted = TARGETS[target].platform;
      return finalStages(parsed).flatMap((stage) => {
        const name = /^(?:docker\.io\/)?([a-z0-9]+)\//.exec(stage.base)?.[1] ?? '';
        const only = Object.hasOwn(NAMESPACES, name) ? NAMESPACES[name] : /(?:^|\/)l4t-/.test(stage.base) ? 'linux/arm64' : undefined;
        return wanted === null || !only || only === wanted
          ? []
          : [{ line: stage.line, message: `${stage.base} is for ${only}; ${TARGETS[target].title} is ${wanted}.` }];
      });
    }),
  },
  {
    id: 'dockerfile-jetpack',
    severity: 'warning',
    title: "The L4T release of a base image is the target's",
    source: 'SDK documentation, "docker_containers.md"; ifm documentation: libraries of the GPU come from the host',
    check: perDockerfile((parsed, target) => {
      const known = L4T[target];
      return finalStages(parsed).flatMap((stage) => {
        const release = l4tOf(stage.base);
        return !known || !release || known.majors.includes(release.major)
          ? []
          : [{ line: stage.line, message: `${stage.base} is made for L4T ${release.text}: ${known.words}. The GPU will not work.` }];
      });
    }),
  },
  {
    id: 'dockerfile-last-counts',
    severity: 'warning',
    title: 'CMD, ENTRYPOINT and HEALTHCHECK stand once per stage',
    source: `${REFERENCE}: the last one counts`,
    check: perDockerfile((parsed) =>
      parsed.stages.flatMap((stage) =>
        ['CMD', 'ENTRYPOINT', 'HEALTHCHECK'].flatMap((name) => {
          const all = stage.instructions.filter((instruction) => instruction.name === name);
          return all.slice(0, -1).map((instruction) => ({
            line: instruction.line,
            message: `Another ${name} follows in line ${all.at(-1)?.line ?? 0}, so this one has no effect.`,
          }));
        }),
      ),
    ),
  },
  {
    id: 'dockerfile-json-quotes',
    severity: 'warning',
    title: 'Lists in brackets have double quotes',
    source: `${REFERENCE}: with single quotes it is read as a shell line`,
    check: perDockerfile((parsed) =>
      parsed.stages.flatMap((stage) =>
        stage.instructions
          .filter(({ name, text }) => ['CMD', 'ENTRYPOINT', 'RUN', 'SHELL', 'VOLUME'].includes(name) && /^\[\s*'[^']*'(\s*,\s*'[^']*')*\s*,?\s*\]$/.test(text))
          .map(({ line, name }) => ({ line, message: `${name} has single quotes in its brackets: Docker takes it for a shell line. Use double quotes.` })),
      ),
    ),
  },
  {
    id: 'dockerfile-stage-twice',
    severity: 'warning',
    title: 'Stages have different names',
    source: `${REFERENCE}; BuildKit's own check "DuplicateStageName"`,
    check: perDockerfile((parsed) =>
      parsed.stages
        .filter((stage, i) => stage.name !== undefined && parsed.stages.findIndex((other) => other.name === stage.name) < i)
        .map((stage) => ({ line: stage.line, message: `Another stage is called "${stage.name ?? ''}" already; later instructions mean this one.` })),
    ),
  },
  {
    id: 'dockerfile-maintainer',
    severity: 'hint',
    title: 'MAINTAINER is a label',
    source: `${REFERENCE}: deprecated`,
    check: perDockerfile((parsed) =>
      parsed.stages.flatMap((stage) =>
        stage.instructions
          .filter(({ name }) => name === 'MAINTAINER')
          .map(({ line }) => ({ line, message: 'MAINTAINER is deprecated: use LABEL org.opencontainers.image.authors.' })),
      ),
    ),
  },
];
