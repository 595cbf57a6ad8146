import type { ArchiveImage, ArchiveReport } from '../docker/archive.ts';
import type { Dockerfile } from '../docker/dockerfile.ts';
import type { SourceLocation } from '../errors/codes.ts';
import type { ParsedCompose } from '../extension/compose.ts';
import type { Variables } from '../extension/interpolate.ts';
import type { ParsedManifest } from '../extension/manifest.ts';
import type { ParsedRecipe } from '../extension/recipe.ts';
import type { TargetId } from '../extension/targets.ts';
import type { ParsedUdev } from '../extension/udev.ts';
import type { Finding, Severity, TextFix } from './finding.ts';

/** What the rules look at. What is not known yet is left out: a rule that needs it says nothing then. */
export interface CheckInput {
  target: TargetId;
  /** Null: there is no such file. */
  manifest: ParsedManifest | null;
  compose: ParsedCompose | null;
  recipe?: ParsedRecipe | null;
  /** Variables of the `.env` that will lie beside the compose file. */
  variables?: Variables;
  /** The image archives of the package, by member name, with the tags inside. `tags` is left out before they are known. */
  archives?: readonly { name: string; tags?: readonly string[] }[];
  /** Files of the package folder, relative to it, forward slashes. */
  files?: readonly string[];
  /** The udev rules that the manifest names; null where it names none. */
  udev?: ParsedUdev | null;
  /** The `.env` and the files that `env_file` names. `file` as findings show it. */
  envFiles?: readonly { file: string; text: string }[];
  dockerfiles?: readonly { file: string; parsed: Dockerfile }[];
  /** Images inside the archives, once they have been read. */
  images?: readonly { archive: string; format: ArchiveReport['format']; image: ArchiveImage }[];
}

/** What a rule finds: the rule's own severity holds unless it says otherwise. */
export interface Found {
  message: string;
  at: SourceLocation;
  severity?: Severity;
  fix?: TextFix;
}

/**
 * One rule as data. To add one: put it into a list under shared/checks/rules, and its line into docs/checks.md (a test
 * compares them).
 */
export interface Rule {
  /** Kebab-case; findings carry it, docs/checks.md explains it. */
  id: string;
  severity: Severity;
  title: string;
  /** Where the fact comes from. */
  source: string;
  /** Absent where a parser or planner reports it while it works. */
  check?: (input: CheckInput) => Found[];
}

/** The findings of one rule. */
export function applyRule(rule: Rule, input: CheckInput): Finding[] {
  return (rule.check?.(input) ?? []).map(({ message, at, severity, fix }) => ({
    id: rule.id,
    severity: severity ?? rule.severity,
    message,
    ...at,
    ...(fix && { fix }),
  }));
}
