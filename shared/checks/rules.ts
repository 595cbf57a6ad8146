import type { Rule } from './rule.ts';
import { COMPOSE_DEVICE_RULES } from './rules/compose-devices.ts';
import { COMPOSE_IMAGE_RULES } from './rules/compose-images.ts';
import { COMPOSE_MOUNT_RULES } from './rules/compose-mounts.ts';
import { COMPOSE_REFERENCE_RULES } from './rules/compose-references.ts';
import { COMPOSE_RUN_RULES } from './rules/compose-run.ts';
import { COMPOSE_SCHEMA_RULES } from './rules/compose-schema.ts';
import { COMPOSE_VALUE_RULES } from './rules/compose-values.ts';
import { COMPOSE_RULES } from './rules/compose.ts';
import { COMPOSE_PORT_RULES } from './rules/compose-ports.ts';
import { DOCKERFILE_RULES } from './rules/dockerfiles.ts';
import { IMAGE_RULES } from './rules/images.ts';
import { MANIFEST_IMAGE_RULES } from './rules/manifest-images.ts';
import { MANIFEST_PATH_RULES } from './rules/manifest-paths.ts';
import { MANIFEST_RULES } from './rules/manifest.ts';
import { PACKING_RULES } from './rules/packing.ts';
import { PARSER_RULES } from './rules/parsers.ts';
import { PLANNER_RULES } from './rules/planners.ts';
import { SECRET_RULES } from './rules/secrets.ts';
import { UDEV_RULES } from './rules/udev.ts';

/** Every rule, in the order of docs/checks.md. */
export const RULES: readonly Rule[] = [
  ...PARSER_RULES,
  ...MANIFEST_RULES,
  ...MANIFEST_PATH_RULES,
  ...MANIFEST_IMAGE_RULES,
  ...COMPOSE_SCHEMA_RULES,
  ...COMPOSE_REFERENCE_RULES,
  ...COMPOSE_VALUE_RULES,
  ...COMPOSE_RULES,
  ...COMPOSE_IMAGE_RULES,
  ...COMPOSE_PORT_RULES,
  ...COMPOSE_DEVICE_RULES,
  ...COMPOSE_RUN_RULES,
  ...COMPOSE_MOUNT_RULES,
  ...SECRET_RULES,
  ...UDEV_RULES,
  ...IMAGE_RULES,
  ...DOCKERFILE_RULES,
  ...PLANNER_RULES,
  ...PACKING_RULES,
];
