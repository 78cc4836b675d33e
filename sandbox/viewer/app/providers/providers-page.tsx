export function ProvidersPage() {
  return <p class="empty">soon</p>
}
