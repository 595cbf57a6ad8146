import { createServices, type Services } from '../services/create-services.ts';
import type { CommandLine } from './run.ts';

/** The services of this process: the user's own cache and settings folders, engine and environment. */
export function openServices({ env }: Pick<CommandLine, 'env'>): Services {
  return createServices({ env });
}
