import { Boxes, Clock, FileCode2, FilePen, FolderOpen, Hammer, Moon, Settings2, Stethoscope, Sun, SunMoon } from 'lucide-react';
import { useJobs } from '../../stores/jobs.ts';
import { useNav } from '../../stores/nav.ts';
import { useRecents } from '../../stores/recents.ts';
import { useSettings } from '../../stores/settings.ts';
import { useWizard } from '../../stores/wizard.ts';
import { type Command, Palette } from './palette.tsx';

/** The palette with what can be done now: pages, sources, the open draft, running and ended builds, the theme. */
export function CommandPalette({ onClose }: { onClose: () => void }) {
  const go = useNav((s) => s.go);
  const { recents } = useRecents();
  const { summaries } = useJobs();
  const { phase, report, draft, openPicked, openRecent } = useWizard();
  const change = useSettings((s) => s.change);
  const commands: Command[] = [
    { id: 'folder', title: 'Open folder…', hint: 'Source', icon: <FolderOpen />, run: () => void openPicked('folder') },
    { id: 'file', title: 'Open Dockerfile, image or .spx…', hint: 'Source', icon: <FileCode2 />, run: () => void openPicked('dockerfile-or-archive') },
    ...(phase === 'open' && report && draft
      ? [
          {
            id: 'draft',
            title: `Continue with ${draft.extension.name || report.name}`,
            hint: 'Draft',
            icon: <FilePen />,
            run: () => go({ page: report.kind === 'spx' ? 'package' : 'wizard' }),
          },
        ]
      : []),
    ...(summaries ?? [])
      .slice(0, 8)
      .map((j) => ({ id: `job-${j.id}`, title: j.title, hint: `Build, ${j.status}`, icon: <Hammer />, run: () => go({ page: 'job', jobId: j.id }) })),
    { id: 'extensions', title: 'Extensions', hint: 'Page', icon: <Boxes />, run: () => go({ page: 'extensions' }) },
    { id: 'builds', title: 'Builds', hint: 'Page', icon: <Hammer />, run: () => go({ page: 'builds' }) },
    { id: 'doctor', title: 'Doctor: check this computer', hint: 'Page', icon: <Stethoscope />, run: () => go({ page: 'doctor' }) },
    { id: 'settings', title: 'Settings', hint: 'Page', icon: <Settings2 />, run: () => go({ page: 'settings' }) },
    ...(recents ?? [])
      .filter((r) => r.exists)
      .slice(0, 8)
      .map((r) => ({ id: `recent-${r.id}`, title: r.name, hint: 'Recent', icon: <Clock />, run: () => void openRecent(r.id) })),
    { id: 'light', title: 'Light theme', hint: 'Look', icon: <Sun />, run: () => void change({ theme: 'light' }) },
    { id: 'dark', title: 'Dark theme', hint: 'Look', icon: <Moon />, run: () => void change({ theme: 'dark' }) },
    { id: 'system', title: 'Theme of the system', hint: 'Look', icon: <SunMoon />, run: () => void change({ theme: 'system' }) },
  ];
  return <Palette commands={commands} onClose={onClose} />;
}
