import { createServices, type Services } from '../services/create-services.ts';

/** The services of this process: the user's own cache and settings folders, engine and environment. */
export function openServices({ env }: { env: Readonly<Record<string, string | undefined>> }): Services {
  return createServices({ env });
}
