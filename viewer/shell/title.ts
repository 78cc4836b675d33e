import { useEffect } from 'preact/hooks'

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title.slice(0, 120)} · Sandbox`
  }, [title])
}
