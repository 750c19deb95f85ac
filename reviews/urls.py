"""Where do the review's pages live?"""

from django.urls import path

from reviews.views import ahead, calendar, chain, decision, home, item, meeting, obligations, occurrences, reminders, review, telling

app_name = "reviews"

ITEM = "reviews/<slug:slug>/items/<int:number>/"

urlpatterns = [
    path("", home.home, name="home"),
    path("search/", home.search, name="search"),
    path("ahead/", ahead.ahead, name="ahead"),
    path("profile/reminders/", telling.telling, name="telling"),
    path("reminders/", reminders.reminders, name="reminders"),
    path("reminders/seen/", reminders.reminders_seen, name="reminders_seen"),
    path("messages/", reminders.sent_messages, name="messages"),
    path("calendar/", calendar.month, name="calendar"),
    path("calendar/address/", calendar.address, name="calendar_address"),
    path("calendar/address/revoke/", calendar.address_revoke, name="calendar_address_revoke"),
    path("calendar/feed/<str:secret>.ics", calendar.feed, name="calendar_feed"),
    path("occurrences/<int:pk>/meeting/", meeting.arrange, name="meeting"),
    path("occurrences/<int:pk>/meeting/cancel/", meeting.cancel, name="meeting_cancel"),
    path("reviews/", review.reviews, name="reviews"),
    path("reviews/new/", review.review_new, name="review_new"),
    path("reviews/<slug:slug>/", review.review, name="review"),
    path("reviews/<slug:slug>/edit/", review.review_edit, name="review_edit"),
    path("reviews/<slug:slug>/roles/", review.review_roles, name="review_roles"),
    path("reviews/<slug:slug>/bulk/", review.review_bulk, name="review_bulk"),
    path("reviews/<slug:slug>/accept-roles/", review.review_accept_roles, name="review_accept_roles"),
    path("reviews/<slug:slug>/decision/", decision.review_decision, name="decision"),
    path("reviews/<slug:slug>/conditions/<int:pk>/meet/", decision.condition_meet, name="condition_meet"),
    path("obligations/", obligations.obligations_list, name="obligations"),
    path("obligations/new/", obligations.obligation_vendor, name="obligation_vendor"),
    path("obligations/new/<slug:slug>/", obligations.obligation_new, name="obligation_new"),
    path("obligations/accept/<slug:slug>/", obligations.obligations_accept_all, name="obligations_accept_all"),
    path("obligations/<int:pk>/", obligations.obligation, name="obligation"),
    path("obligations/<int:pk>/edit/", obligations.obligation_edit, name="obligation_edit"),
    path("obligations/<int:pk>/accept/", obligations.obligation_accept, name="obligation_accept"),
    path("obligations/<int:pk>/dismiss/", obligations.obligation_dismiss, name="obligation_dismiss"),
    path("obligations/<int:pk>/end/", obligations.obligation_end, name="obligation_end"),
    path("occurrences/<int:pk>/", occurrences.occurrence, name="occurrence"),
    path("occurrences/<int:pk>/record/", occurrences.occurrence_record, name="occurrence_record"),
    path("occurrences/<int:pk>/sign/", occurrences.occurrence_sign, name="occurrence_sign"),
    path("occurrences/<int:pk>/return/", occurrences.occurrence_return, name="occurrence_return"),
    path("occurrences/<int:pk>/move/", occurrences.occurrence_move, name="occurrence_move"),
    path("occurrences/<int:pk>/skip/", occurrences.occurrence_skip, name="occurrence_skip"),
    path("reviews/<slug:slug>/chain/", chain.review_chain, name="review_chain"),
    path("reviews/<slug:slug>/difference/", chain.review_difference, name="review_difference"),
    path("reviews/<slug:slug>/reassess/", chain.review_reassess, name="review_reassess"),
    path("reviews/<slug:slug>/widen/", chain.review_widen, name="review_widen"),
    path(ITEM, item.item, name="item"),
    path(f"{ITEM}record/", item.item_record, name="item_record"),
    path(f"{ITEM}cite/", item.item_cite, name="item_cite"),
    path(f"{ITEM}citations/<int:citation>/remove/", item.item_uncite, name="item_uncite"),
    path(f"{ITEM}sign/", item.item_sign, name="item_sign"),
    path(f"{ITEM}comment/", item.item_comment, name="item_comment"),
    path(f"{ITEM}owner/", item.item_owner, name="item_owner"),
    path(f"{ITEM}<slug:key>/", item.item_move, name="item_move"),
]
