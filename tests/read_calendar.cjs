// What Thunderbird's calendar parser (npm: ical.js) understands of the iCalendar text on standard input, as JSON.
const ICAL = require("ical.js");

const book = new ICAL.Component(ICAL.parse(require("fs").readFileSync(0, "utf-8")));
for (const zone of book.getAllSubcomponents("vtimezone")) {
  ICAL.TimezoneService.register(zone);
}
const moment = (time) => (time.isDate ? time.toString() : time.toJSDate().toISOString());
const events = book.getAllSubcomponents("vevent").map((component) => {
  const event = new ICAL.Event(component);
  const starts = [];
  if (event.isRecurring()) {
    const dates = event.iterator();
    for (let next = dates.next(); next && starts.length < 200; next = dates.next()) { starts.push(moment(next)); }
  }
  return {
    ...(starts.length ? { starts } : {}),
    uid: event.uid,
    sequence: event.sequence,
    summary: event.summary,
    status: component.getFirstPropertyValue("status"),
    start: moment(event.startDate),
    end: moment(event.endDate),
    organizer: event.organizer,
    attendees: event.attendees.map((attendee) => attendee.getFirstValue()),
    url: component.getFirstPropertyValue("url"),
  };
});
process.stdout.write(JSON.stringify({
  name: book.getFirstPropertyValue("x-wr-calname"),
  method: book.getFirstPropertyValue("method"),
  events,
}));
