/** The only addresses that Gangway opens in a browser, by name: a page can never hand over an address. */
export const LINKS = {
  'docs.install-docker': 'https://docs.docker.com/engine/install/',
  'docs.docker-desktop': 'https://docs.docker.com/desktop/',
  'docs.docker-postinstall': 'https://docs.docker.com/engine/install/linux-postinstall/',
  'docs.spot-extensions': 'https://dev.bostondynamics.com/docs/payload/docker_containers',
} as const;
export type LinkId = keyof typeof LINKS;
