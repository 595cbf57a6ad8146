/** A manifest.json as the portal reads it (reference: SDK docs "Extension Structure"). Unknown keys are kept. */
export interface Manifest {
  extension_name?: string;
  description?: string;
  version?: string;
  icon?: string;
  udev_rules?: string;
  images?: string[];
  installation_target?: string;
  files_to_save?: string[];
  directories_to_save?: string[];
  date?: string;
  [key: string]: unknown;
}
