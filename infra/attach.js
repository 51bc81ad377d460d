// Runs at the edge on every picture: whoever asked for ?download=1 gets a file rather than a page.
// Media says the same where it answers itself; a picture that S3 answers with is told here.
function handler(event) {
  var response = event.response;
  var asked = event.request.querystring.download;
  if (asked && asked.value === '1' && !response.headers['content-disposition']) {
    var parts = event.request.uri.split('/');
    var name = parts.slice(2).join('-').replace(/[^A-Za-z0-9._-]/g, '');
    response.headers['content-disposition'] = { value: 'attachment; filename="' + name + '"' };
  }
  return response;
}
