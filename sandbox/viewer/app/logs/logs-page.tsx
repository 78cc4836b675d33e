export function LogsPage() {
  return <p class="empty">soon</p>
}
