import { Boxes, CircleAlert, CircleCheck, Hammer, LoaderCircle, Search, Settings2, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import type { EngineStatus } from '../../../shared/docker/build.ts';
import type { Route } from '../../stores/nav.ts';
import { MiddleTruncate } from '../../ui/middle-truncate.tsx';
import { Logo } from './logo.tsx';
import css from './rail.module.css';

const PLACES: readonly { route: Route; label: string; icon: ReactNode; holds: readonly Route['page'][] }[] = [
  { route: { page: 'extensions' }, label: 'Extensions', icon: <Boxes />, holds: ['extensions', 'wizard', 'package'] },
  { route: { page: 'builds' }, label: 'Builds', icon: <Hammer />, holds: ['builds', 'job'] },
  { route: { page: 'settings' }, label: 'Settings', icon: <Settings2 />, holds: ['settings'] },
];

export interface EngineLine {
  tone: 'good' | 'warn' | 'bad' | 'waiting';
  title: string;
  text: string;
}

/** The engine in one line: what it is when all is well, what is wrong when not. */
export function engineLine(status: EngineStatus | null): EngineLine {
  if (!status) return { tone: 'waiting', title: 'Finding the engine', text: 'One moment' };
  if (status.state === 'unavailable') {
    const title =
      status.code === 'ENGINE_PERMISSION_DENIED' ? 'No permission for Docker' : status.code === 'ENGINE_API_TOO_OLD' ? 'Engine too old' : 'No container engine';
    return { tone: 'bad', title, text: 'See what is missing' };
  }
  const { info } = status;
  const name = `${info.flavour === 'podman' ? 'Podman' : 'Docker'} ${info.version.split(/[+~]/)[0]}`;
  if (info.platforms && !info.platforms.includes('linux/arm64')) return { tone: 'warn', title: name, text: 'Cannot run ARM images yet' };
  const runs = [info.platforms?.includes('linux/arm64') ? 'arm64' : '', info.platforms?.some((p) => p.startsWith('linux/arm/')) ? 'arm' : ''].filter(Boolean);
  return { tone: 'good', title: name, text: runs.length > 0 ? `Runs ${runs.join(' and ')}` : 'Ready' };
}

const TONE_ICON = { good: <CircleCheck />, warn: <TriangleAlert />, bad: <CircleAlert />, waiting: <LoaderCircle /> };

export function Rail({
  page,
  engine,
  runningJobs,
  onGo,
  onSearch,
}: {
  page: Route['page'];
  engine: EngineStatus | null;
  runningJobs: number;
  onGo: (route: Route) => void;
  onSearch: () => void;
}) {
  const line = engineLine(engine);
  return (
    <div className={css.rail}>
      <div className={css.brand}>
        <Logo />
        Gangway
      </div>
      <button type="button" className={css.search} aria-keyshortcuts="Control+K Meta+K" onClick={onSearch}>
        <Search aria-hidden="true" />
        <span>Search</span>
        <span aria-hidden="true" className={css.keys}>
          {/mac/i.test(navigator.userAgent) ? '⌘K' : 'Ctrl K'}
        </span>
      </button>
      <nav aria-label="Main" className={css.nav}>
        {PLACES.map((place) => {
          const here = place.holds.includes(page);
          return (
            <button key={place.label} type="button" className={css.place} aria-current={here ? 'page' : undefined} onClick={() => onGo(place.route)}>
              {place.icon}
              <span>{place.label}</span>
              {place.label === 'Builds' && runningJobs > 0 ? (
                <span className={css.count}>
                  {runningJobs}
                  <span className="visually-hidden"> running</span>
                </span>
              ) : null}
            </button>
          );
        })}
      </nav>
      <button
        type="button"
        className={css.engine}
        data-tone={line.tone}
        aria-current={page === 'doctor' ? 'page' : undefined}
        onClick={() => onGo({ page: 'doctor' })}
        title={`${line.title}. ${line.text}. Open the doctor.`}
      >
        {TONE_ICON[line.tone]}
        <span>
          <MiddleTruncate text={line.title} tail={8} />
          <small>
            <MiddleTruncate text={line.text} tail={8} />
          </small>
        </span>
      </button>
    </div>
  );
}
