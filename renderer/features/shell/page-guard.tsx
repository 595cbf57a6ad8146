import { Component, type ReactNode } from 'react';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import css from './page.module.css';

/** Keeps a fault of one page from taking the window down: the rail stays, the jobs go on, the fault is shown in words. */
export class PageGuard extends Component<{ page: string; children: ReactNode }, { fault: Error | null; page: string }> {
  override state = { fault: null as Error | null, page: this.props.page };

  static getDerivedStateFromError(fault: unknown): { fault: Error } {
    return { fault: fault instanceof Error ? fault : new Error(String(fault)) };
  }

  /** Another page is another chance. */
  static getDerivedStateFromProps(props: { page: string }, state: { page: string }): { fault: null; page: string } | null {
    return props.page === state.page ? null : { fault: null, page: props.page };
  }

  override render(): ReactNode {
    const { fault } = this.state;
    if (!fault) return this.props.children;
    return (
      <div className={css.guard}>
        <ErrorPanel
          error={{ code: 'INTERNAL', message: fault.message, ...(fault.stack ? { detail: fault.stack } : {}) }}
          onRetry={() => this.setState({ fault: null })}
        />
      </div>
    );
  }
}
