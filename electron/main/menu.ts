import { Menu, type MenuItemConstructorOptions } from 'electron';

/** macOS needs a menu for copy, paste and quit to work; elsewhere there is none, which also saves start-up time. */
export function setMenu(platform: NodeJS.Platform): void {
  if (platform !== 'darwin') return Menu.setApplicationMenu(null);
  const roles: MenuItemConstructorOptions[] = [{ role: 'appMenu' }, { role: 'editMenu' }, { role: 'windowMenu' }];
  Menu.setApplicationMenu(Menu.buildFromTemplate(roles));
}
