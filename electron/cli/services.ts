import type { Services } from '../services/create-services.ts';
import type { CommandLine } from './run.ts';

interface Module {
  createServices?: (options: Pick<CommandLine, 'env'>) => Services | Promise<Services>;
}

/** The services of this process: the user's own cache and settings folders, engine and environment. */
export async function openServices({ env }: Pick<CommandLine, 'env'>): Promise<Services> {
  const { createServices }: Module = await import('../services/create-services.ts');
  if (!createServices) throw new Error('The services are not part of this build.');
  return createServices({ env });
}
