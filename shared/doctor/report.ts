export const DOCTOR_CHECKS = [
  'engine',
  'engine-permission',
  'engine-version',
  'buildkit',
  'emulation-arm64',
  'emulation-arm',
  'buildx',
  'compose',
  'disk',
  'ssh',
] as const;
export type DoctorCheckId = (typeof DOCTOR_CHECKS)[number];

/** One line of the doctor. `fix` is for the system it ran on; `command` is the line to run, where one does it. */
export interface DoctorCheck {
  id: DoctorCheckId;
  title: string;
  /** ok: fine. warning: something will not work or will be slow. error: the main job cannot work. skipped: could not be asked. */
  state: 'ok' | 'warning' | 'error' | 'skipped';
  found: string;
  fix?: string;
  command?: string;
}

export interface DoctorReport {
  os: string;
  checks: DoctorCheck[];
  ready: boolean;
}
