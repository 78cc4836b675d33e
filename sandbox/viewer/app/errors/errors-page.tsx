export function ErrorsPage() {
  return <p class="empty">soon</p>
}
