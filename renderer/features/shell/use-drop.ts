import { useEffect } from 'react';
import { useDrag } from '../../stores/drag.ts';

/** Takes files dropped anywhere on the window. Without a listener the page itself would navigate to the file. */
export function useDrop(onFile: (file: File) => void): void {
  useEffect(() => {
    let depth = 0;
    const holdsFiles = (e: DragEvent): boolean => e.dataTransfer?.types.includes('Files') ?? false;
    const show = (over: boolean): void => {
      if (useDrag.getState().over !== over) useDrag.setState({ over });
    };
    const enter = (e: DragEvent): void => {
      if (!holdsFiles(e)) return;
      depth += 1;
      show(true);
    };
    const leave = (e: DragEvent): void => {
      if (!holdsFiles(e)) return;
      depth = Math.max(0, depth - 1);
      if (depth === 0) show(false);
    };
    const over = (e: DragEvent): void => {
      e.preventDefault();
      if (e.dataTransfer) e.dataTransfer.dropEffect = holdsFiles(e) ? 'copy' : 'none';
    };
    const drop = (e: DragEvent): void => {
      e.preventDefault();
      depth = 0;
      show(false);
      const file = e.dataTransfer?.files[0];
      if (file) onFile(file);
    };
    window.addEventListener('dragenter', enter);
    window.addEventListener('dragleave', leave);
    window.addEventListener('dragover', over);
    window.addEventListener('drop', drop);
    return () => {
      window.removeEventListener('dragenter', enter);
      window.removeEventListener('dragleave', leave);
      window.removeEventListener('dragover', over);
      window.removeEventListener('drop', drop);
    };
  }, [onFile]);
}
