export function MapPage() {
  return <p class="empty">soon</p>
}
