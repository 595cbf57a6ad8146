import type { Dockerfile, DockerfileStage } from './dockerfile.ts';
import type { DockerfileInstruction } from './dockerfile-lines.ts';

/** The instructions that become a numbered step of BuildKit's. */
const NUMBERED = new Set(['RUN', 'COPY', 'ADD', 'WORKDIR']);

/** Steps that a stage shows: its image, unless it builds on scratch or on another stage, and its numbered instructions. */
function stageSteps(stage: DockerfileStage): (DockerfileInstruction | 'from')[] {
  const numbered = stage.instructions.filter(({ name }) => NUMBERED.has(name));
  return stage.baseStage === undefined && stage.base !== 'scratch' ? ['from', ...numbered] : numbered;
}

/** How many steps a build of these stages shows, the export at the end among them. */
export const expectedSteps = (dockerfile: Dockerfile, stages: ReadonlySet<number>): number =>
  dockerfile.stages.filter((stage) => stages.has(stage.index)).reduce((sum, stage) => sum + stageSteps(stage).length, 1);

/** A step's name taken apart: "[linux/arm64 build 2/5] RUN make" -> stage "build", number 2 of 5, command "RUN make". */
export interface StepName {
  stage: string | null;
  number: number;
  of: number;
  command: string;
}

export function parseStepName(name: string): StepName | null {
  const match = /^\[(?:([^\]]*?)\s+)?\s*(\d+)\/(\d+)\]\s+(?:ONBUILD )?([\s\S]*)$/.exec(name);
  if (!match) return null;
  const stage = (match[1] ?? '')
    .split(/\s+/)
    .filter((word) => word !== '' && !/^(linux|windows)\//.test(word))
    .at(-1);
  return { stage: stage ?? null, number: Number(match[2]), of: Number(match[3]), command: match[4]! };
}

/**
 * The line of the Dockerfile that a step comes from. BuildKit numbers steps within their stage and names a stage only where there are
 * several; variables in its text may be expanded, so the number is believed before the text.
 */
export function lineOfStep(dockerfile: Dockerfile, name: string): number | null {
  const step = parseStepName(name);
  if (!step) return lineOfCommand(dockerfile, name);
  const candidates = dockerfile.stages
    .filter((stage) => {
      if (step.stage === null) return true;
      return stage.name === step.stage.toLowerCase() || `stage-${stage.index}` === step.stage;
    })
    .filter((stage) => stageSteps(stage).length === step.of);
  for (const stage of candidates) {
    const at = stageSteps(stage)[step.number - 1];
    if (at === 'from') {
      if (step.command.startsWith('FROM')) return stage.line;
    } else if (at && step.command.toUpperCase().startsWith(at.name)) return at.line;
  }
  return lineOfCommand(dockerfile, step.command);
}

/** By text alone: what the classic builder prints, or a step that the numbers do not find. */
export function lineOfCommand(dockerfile: Dockerfile, command: string): number | null {
  const flat = (text: string): string => text.replace(/\s+/g, ' ').trim();
  const wanted = flat(command);
  for (const stage of dockerfile.stages) {
    if (
      /^FROM\b/i.test(wanted) &&
      flat(`FROM ${stage.base}`).toLowerCase() ===
        wanted
          .replace(/ AS .*$/i, '')
          .replace(/@sha256:\w+$/, '')
          .replace('docker.io/library/', '')
          .toLowerCase()
    )
      return stage.line;
    for (const instruction of stage.instructions) {
      const flags = instruction.flags.map(({ name, value }) => (value === '' ? `--${name} ` : `--${name}=${value} `)).join('');
      if ([flat(`${instruction.name} ${instruction.text}`), flat(`${instruction.name} ${flags}${instruction.text}`)].includes(wanted)) return instruction.line;
    }
  }
  return null;
}
